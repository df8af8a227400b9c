// Whether the deployment is what the scripts take it for, asked before anything is measured: one sentence instead of a run
// full of failures. Each names the variable that may be set wrong.

import http from 'k6/http';
import { throttledAdvice } from './advice.ts';
import { type Answer, send } from './client.ts';
import { probe } from './instances.ts';
import { instancesHaveNames, target } from './target.ts';
import { type SavedUser, TestUser } from './test-user.ts';

const { baseUrl, whoAmI, servedByHeader } = target;

/** What is wrong with the address; undefined when a guest is answered as a guest should be. */
export function problemWithAddress(): string | undefined {
  const answer = probe();
  const { status, error, location, servedBy } = answer;
  const asked = `GET ${baseUrl}${whoAmI}`;
  if (/x509|certificate/.test(error))
    return `the certificate of ${baseUrl} is not trusted here (${error}). For one that is self-signed: --insecure, or K6_INSECURE_SKIP_TLS_VERIFY=true`;
  if (status === 0) return `nobody answers at ${baseUrl} (${error})`;
  // Not one to a login page, which is a fair answer to a guest.
  if (location?.endsWith(whoAmI) && !location.startsWith(baseUrl) && location.startsWith('http'))
    return `${asked} leads to ${location}: give the scripts ${location.slice(0, -whoAmI.length)} (--url, BASE_URL)`;
  if (instancesHaveNames && servedBy === undefined)
    return `${asked} answers ${excerpt(answer)}, without the header ${servedByHeader} that names the instance. SERVED_BY_HEADER names another one, or none`;
  if (answer.failed || status === 421) return `${asked} answers ${excerpt(answer)}`;
  return undefined;
}

/** What is wrong with how a user was signed up or logged in; undefined when that gave a cookie. */
export function problemWithLogin(
  what: 'SIGNUP' | 'LOGIN',
  answer: Answer & { readonly done: boolean },
  { cookies }: SavedUser,
): string | undefined {
  const path = what === 'SIGNUP' ? target.signUp : target.logIn;
  const names = Object.keys(cookies);
  const wanted = target.sessionCookie;
  if (answer.refused)
    return `POST ${path} answered 503 for as long as a user waits: ${excerpt(answer)}. LOGINS_PER_SECOND may be lower`;
  if (answer.status === 429) return `POST ${path} answers 429. ${throttledAdvice(answer, what)}`;
  if (!answer.done)
    return `POST ${path} must answer ${(what === 'SIGNUP' ? target.signUpStatus : target.loginStatus).join(' or ')} (${what}_STATUS), not ${excerpt(answer)}`;
  if (wanted !== undefined && !names.includes(wanted))
    return `POST ${path} answered ${excerpt(answer)} and set no cookie ${wanted} (SESSION_COOKIE) that comes back over ${baseUrl}`;
  if (names.length === 0)
    return `POST ${path} answered ${excerpt(answer)} and set no cookie that comes back over ${baseUrl}. A Secure cookie needs https`;
  return undefined;
}

/**
 * What is wrong with "who am I": it knows a guest, or nowhere a user who has just logged in. Asked with copies of the
 * cookies, until one instance knows the user: with sessions in memory only one does.
 */
export function problemWithWhoAmI(saved: SavedUser, instances: number): string | undefined {
  const user = new TestUser(saved);
  if (user.isKnownIn(probe()))
    return `GET ${whoAmI} answers a guest as if it were ${saved.username}: KNOWN_TEXT and KNOWN_STATUS must tell a user from a guest`;
  let last: Answer | undefined;
  for (let n = 0; n < 3 + 3 * Math.max(instances, 5); n++) {
    const jar = new http.CookieJar();
    for (const [name, value] of Object.entries(saved.cookies))
      jar.set(baseUrl + whoAmI, name, value, { path: '/' });
    last = send({ kind: 'probe', method: 'GET', path: whoAmI, jar });
    if (user.isKnownIn(last)) return undefined;
  }
  return `GET ${whoAmI} does not know ${saved.username}, who has just logged in. It answers ${last && excerpt(last)}. WHOAMI_PATH, KNOWN_TEXT or KNOWN_STATUS may be another`;
}

/** The status and the beginning of the body, as one line. */
function excerpt({ status, error, body, location }: Answer): string {
  const text = body.trim().startsWith('<')
    ? 'a page of HTML'
    : body.replace(/\s+/g, ' ').trim().slice(0, 160);
  return [
    String(status || error),
    ...(location ? [`to ${location}`] : []),
    ...(text ? [`(${text})`] : []),
  ].join(' ');
}
