// Another maker's OpenID provider for the tests: oidc-provider (certified), on loopback, with its own pages.
// One line of JSON on the output says where it is; a line of JSON on the input changes it; its end ends it.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

// The output is for the lines above; the provider's notices go elsewhere.
for (const each of ['log', 'info', 'warn']) console[each] = console.error;

const settings = { tokenSeconds: 900, deviceSeconds: 600 };

function signingKey(kid) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' };
}

const keys = [signingKey('first')];

function client(client_id) {
  return {
    client_id,
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types: ['code'],
    redirect_uris: ['http://127.0.0.1/callback'],
    id_token_signed_response_alg: 'ES256',
  };
}

function make(issuer) {
  const provider = new Provider(issuer, {
    clients: [client('tandem-desktop'), client('another-program')],
    jwks: { keys },
    clockTolerance: 0,
    cookies: { keys: ['a cookie key of the tests'] },
    claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name', 'birthdate'] },
    scopes: ['openid', 'profile', 'offline_access'],
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    ttl: {
      AccessToken: () => settings.tokenSeconds,
      DeviceCode: () => settings.deviceSeconds,
      Session: 3600, Interaction: 600, Grant: 3600, IdToken: 900, RefreshToken: 3600, AuthorizationCode: 60,
    },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: 'Anne Essai', given_name: 'Anne', family_name: 'Essai',
        birthdate: '1950-02-03' }),
    }),
  });
  // A refusal is an answer; anything else is told to whoever runs the tests.
  provider.on('server_error', (_, error) => process.stderr.write(`${error.stack}\n`));
  return provider.callback();
}

let answer;
const server = createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  answer = make(issuer);
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
  const input = createInterface({ input: process.stdin });
  input.on('line', (line) => {
    const told = JSON.parse(line);
    if (told.rotate) {
      keys.unshift(signingKey(told.rotate));
      answer = make(issuer);
    }
    Object.assign(settings, told.settings);
    process.stdout.write('{}\n');
  });
  input.on('close', () => process.exit(0));
});
