/** What the service says to whoever calls it. */
export const greeting = 'Hello from Slipway';
