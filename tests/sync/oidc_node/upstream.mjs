// Another maker's OpenID provider (oidc-provider, certified) in the place of FranceConnect+ and Pro Santé Connect,
// for the broker's tests. One argument, JSON:
//   clients      as oidc-provider takes them (client_id, client_secret, redirect_uris, …)
//   accounts     {"id": {claim: value}}
//   claims       {"scope": ["claim", …]}
//   acr_values   the levels it announces
//   auth_methods how clients show who they are; its own defaults where it is left out
//   more         anything else of its configuration
// It tells {"issuer": …} on a line of its own when it listens, and ends with its standard input.
// Signing in: GET /interaction/<uid> shows a form; POST it with login=<id> (and acr=<level>), or error=<code>.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import { Provider } from 'oidc-provider';

// The output is for one line; the provider's notices go elsewhere.
for (const each of ['log', 'info', 'warn']) console[each] = console.error;

const told = JSON.parse(process.argv[2]);
const made = (kind, options, alg) => ({
  ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), use: 'sig', alg, kid: alg,
});

const server = createServer();
await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: told.clients,
  claims: told.claims,
  scopes: Object.keys(told.claims),
  acrValues: told.acr_values ?? [],
  ...(told.auth_methods ? { clientAuthMethods: told.auth_methods } : {}),
  jwks: { keys: [made('ec', { namedCurve: 'P-256' }, 'ES256'), made('rsa', { modulusLength: 2048 }, 'RS256')] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  features: {
    devInteractions: { enabled: false },
    jwtUserinfo: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => (told.accounts[id]
    ? { accountId: id, claims: () => ({ sub: id, ...told.accounts[id] }) } : undefined),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope([...ctx.oidc.requestParamScopes].join(' '));
    await grant.save();
    return grant;
  },
  ...told.more,
});

async function form(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return Object.fromEntries(new URLSearchParams(text));
}

async function interaction(request, response) {
  const { uid, prompt, params } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    const asked = JSON.stringify({ prompt: prompt.name, params });
    response.setHeader('content-type', 'text/html');
    response.end(`<form method="post" action="/interaction/${uid}"><input name="login"></form><!--${asked}-->`);
    return;
  }
  const { login, acr, error } = await form(request);
  const result = error ? { error } : { login: { accountId: login, ...(acr ? { acr } : {}) } };
  await provider.interactionFinished(request, response, result);
}

const rest = provider.callback();
server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) {
    rest(request, response);
    return;
  }
  interaction(request, response).catch((problem) => {
    response.statusCode = 400;
    response.end(String(problem.error ?? problem.name));
  });
});
process.stdin.on('end', () => process.exit(0)).resume();
process.stdout.write(`${JSON.stringify({ issuer })}\n`);
