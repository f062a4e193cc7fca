/**
 * Seconds after which something that AWS made is visible to every read. EC2's reads lag behind its writes; tools in the
 * field tolerate "not found" for a new resource up to five minutes, nearly all is visible within one.
 */
export const settleSeconds = 60;
