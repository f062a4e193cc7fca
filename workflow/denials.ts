/** How the codes end by which AWS denies a call: by a policy, a boundary, an organisation or a key (KMSAccessDenied). */
export const denials: readonly string[] = [
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'UnauthorizedException',
  'AuthorizationError',
  'AuthorizationErrorException',
  'NotAuthorized',
  'NotAuthorizedException',
];

export const isDenial = (name: string): boolean => denials.some((denial) => name.endsWith(denial));
