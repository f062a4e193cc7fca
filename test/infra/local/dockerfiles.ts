/** Dockerfiles that both builders know, by what they are about. */
export const small: Readonly<Record<string, string>> = {
  'stages, arguments and environment': `ARG BASE_IMAGE
FROM --platform=linux/amd64 \${BASE_IMAGE} AS made
ARG VERSION=unknown
WORKDIR /work
COPY package.json ./
RUN echo "$VERSION $NODE_ENV $BASE" > said.txt && ls > listed.txt
FROM $BASE_IMAGE
ARG VERSION
ENV NODE_ENV=production VERSION=\${VERSION}
COPY --from=made /work/said.txt /work/listed.txt /srv/
WORKDIR /srv
RUN mv said.txt heard.txt && echo "$NODE_ENV" > environment.txt
`,
  'a stage that another begins with': `ARG BASE_IMAGE
FROM \${BASE_IMAGE} AS first
ENV A=1
USER 1000
CMD ["one"]
FROM first AS second
ENV B=2 A=3
FROM second
COPY --from=0 /etc/passwd /copied
`,
  'quotes, defaults and lines that go on': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
ARG GIVEN=yes
ENV A="two words" B=two\\ words C='$GIVEN' D="$GIVEN" \\
    # a comment in between
    E=\${NONE:-other} F=\${GIVEN:+set} G=\\$GIVEN H=\${NONE:+set} I="say \\"so\\""
LABEL maintainer="Ada Lovelace" org.example.version=\${GIVEN}
`,
  'what is copied where': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
COPY src /directory
COPY src/ /directory/again/
COPY src/server.ts /renamed
COPY src/server.ts /into/
WORKDIR /work
COPY package.json src/server.ts two/
COPY src/. ./dot
COPY ["package.json", "/with a space/"]
COPY . .
COPY src/say.sh /usr/local/bin/say
RUN say > said.txt
`,
  'what a RUN removes and changes': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
WORKDIR /app
COPY src ./src
COPY package.json ./
RUN rm -r src && rm ../usr/bin/touch && chmod 600 package.json && mkdir -p a/b && chmod 700 a && ls > a/b/c
`,
  'what a container is started by': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
USER 1000:1000
EXPOSE 8080 9000/udp
WORKDIR relative
WORKDIR below
ENTRYPOINT ["sh", "-c"]
`,
  'commands for the shell': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
ENTRYPOINT exec sh server.sh
CMD echo $PATH
`,
  'no entrypoint': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
ENTRYPOINT []
CMD []
`,
};

/** Instructions that both refuse. */
export const bad: Readonly<Record<string, string>> = {
  'a RUN that fails': 'RUN exit 7',
  'a RUN that fails before the last command': 'RUN false && true',
  'a program that is not there': 'RUN no-such-program',
  'a file that is not there': 'COPY absent ./',
  'a file that .dockerignore leaves out': 'COPY notes.md ./',
  'a file outside of the context': 'COPY ../base/etc/passwd ./',
  'a COPY without a target': 'COPY package.json',
  'a variable without a value': 'ENV NAME',
  'an unknown instruction': 'COMPILE everything',
};
