/** Seconds from a push to the moment when every replica has it. A deployment's own, where it has replicas. */
export const lagMetric = { namespace: 'Slipway', metric: 'ReplicaLag', dimension: 'Deployment' } as const;

/**
 * Makes the branches and tags of every replica those of the source: new, moved by force or deleted. Until nothing has moved
 * in the meantime: of two builds at once, the one that ends last has seen the last push, whatever their order. PUSHED_AT is
 * the time of the event that started it; without one, nothing is measured.
 */
export const mirrorBuildspec = `version: 0.2
env:
  shell: bash
phases:
  build:
    commands:
      - git config --global credential.helper '!aws codecommit credential-helper $@'
      - git config --global credential.UseHttpPath true
      - |
        (
          git init --quiet --bare mirror && cd mirror || exit 1
          all=('+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*')
          while true; do
            git fetch --quiet --prune "$SOURCE" "\${all[@]}" || exit 1
            for region in $REPLICAS; do
              replica=\${SOURCE/git-codecommit.$AWS_REGION/git-codecommit.$region}
              git push --quiet --prune "$replica" "\${all[@]}" || exit 1
            done
            copied=$(git for-each-ref --format='%(objectname)%09%(refname)')
            now=$(git ls-remote --refs "$SOURCE" 'refs/heads/*' 'refs/tags/*') || exit 1
            [ "$copied" != "$now" ] || break
          done
        )
      - |
        if [ -n "$PUSHED_AT" ]; then
          measured='[{"MetricName":"${lagMetric.metric}","Unit":"Seconds","Value":%d,"Dimensions":[{"Name":"${lagMetric.dimension}","Value":"%s"}]}]'
          lag=$(( $(date +%s) - $(date --date "$PUSHED_AT" +%s) ))
          aws cloudwatch put-metric-data --namespace ${lagMetric.namespace} --metric-data "$(printf "$measured" "$lag" "$DEPLOYMENT")"
        fi
`;
