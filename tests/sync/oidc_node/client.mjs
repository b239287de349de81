// Another maker's OpenID client for the tests: openid-client (certified), which believes what discovery says.
// Each line of JSON on the input is one call, answered by a line of JSON; the end of the input ends it.
import { createInterface } from 'node:readline';
import * as client from 'openid-client';

const [issuer, proof] = process.argv.slice(2);
const redirect_uri = 'http://127.0.0.1:49152/callback';
let config;
let kept = {};

// Our service wants the proof of a PC where one asks for a phone's code.
const fetched = (url, options) =>
  fetch(url, { ...options, headers: { ...options.headers, ...(proof ? { 'tandem-device': proof } : {}) } });

const tokensOf = (told) => ({ access: told.access_token, refresh: told.refresh_token, id: told.id_token,
  claims: told.claims(), expires: told.expires_in, scope: told.scope });

const calls = {
  async discover() {
    config = await client.discovery(new URL(issuer), 'tandem-desktop', undefined, client.None(), {
      execute: [client.allowInsecureRequests],
      [client.customFetch]: fetched,
    });
    // Every ID token's signature is checked, even those that come straight from the token endpoint.
    client.enableNonRepudiationChecks(config);
    return { pkce: config.serverMetadata().supportsPKCE(), metadata: config.serverMetadata() };
  },
  async begin({ scope, without }) {
    kept = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedNonce: client.randomNonce(),
      expectedState: client.randomState() };
    const asked = { redirect_uri, scope, nonce: kept.expectedNonce, state: kept.expectedState,
      code_challenge: await client.calculatePKCECodeChallenge(kept.pkceCodeVerifier),
      code_challenge_method: 'S256' };
    for (const each of without ?? []) delete asked[each];
    return { url: client.buildAuthorizationUrl(config, asked).href };
  },
  async finish({ url, without, maxAge }) {
    const checks = { ...kept, idTokenExpected: true };
    for (const each of without ?? []) delete checks[each];
    if (maxAge !== undefined) checks.maxAge = maxAge;
    return tokensOf(await client.authorizationCodeGrant(config, new URL(url), checks));
  },
  refresh: async ({ token }) => tokensOf(await client.refreshTokenGrant(config, token)),
  userinfo: async ({ token, sub }) => client.fetchUserInfo(config, token, sub),
  revoke: async ({ token }) => { await client.tokenRevocation(config, token); return {}; },
  async device({ scope }) {
    kept = await client.initiateDeviceAuthorization(config, { scope });
    return kept;
  },
  poll: async ({ interval }) =>
    tokensOf(await client.pollDeviceAuthorizationGrant(config, { ...kept, interval: interval ?? kept.interval })),
  async logout({ id, state }) {
    return { url: client.buildEndSessionUrl(config,
      { id_token_hint: id, post_logout_redirect_uri: redirect_uri, state }).href };
  },
};

const input = createInterface({ input: process.stdin });
input.on('line', async (line) => {
  const { call, ...told } = JSON.parse(line);
  let answer;
  try {
    answer = await calls[call](told);
  } catch (error) {
    answer = { failed: error.error ?? error.cause?.error ?? error.code ?? String(error), said: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
input.on('close', () => process.exit(0));
