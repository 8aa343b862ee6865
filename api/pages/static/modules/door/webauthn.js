// Passkeys between the browser and the shop: binary here, base64url there.

import { tell } from "../api.js";
import { session } from "../session.js";

/** Browsers know no passkeys on an IP address, nor without encryption but at localhost. */
export function passkeysPossible() {
  const isAddress = /^[\d.]+$|:/.test(location.hostname);
  return Boolean(globalThis.PublicKeyCredential) && isSecureContext && !isAddress;
}

export async function signInByPasskey() {
  const { publicKey } = (await tell("/auth/passkey/options", {})).body;
  const credential = await asked(() => navigator.credentials.get({ publicKey: requested(publicKey) }));
  await session.enter("/auth/passkey/login", { credential: written(credential) });
}

export async function addPasskey(password, name) {
  const { publicKey } = (await tell("/me/passkeys/options", { password })).body;
  const credential = await asked(() => navigator.credentials.create({ publicKey: created(publicKey) }));
  return (await tell("/me/passkeys", { name, credential: written(credential) })).body;
}

/** The device's own words are for developers. */
async function asked(ask) {
  try {
    return await ask();
  } catch (error) {
    if (error.name === "InvalidStateError") throw new PasskeyFailed("This device has a passkey here already.");
    if (error.name === "NotAllowedError") throw new PasskeyFailed("The passkey was not used. Try again, or sign in by password.");
    throw new PasskeyFailed("This device cannot use passkeys here.", { cause: error });
  }
}

export class PasskeyFailed extends Error {}

function requested(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: (options.allowCredentials ?? []).map(named),
  };
}

function created(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map(named),
  };
}

function named(credential) {
  return { ...credential, id: bytes(credential.id) };
}

/** As PublicKeyCredential.toJSON, which not every browser has. */
function written({ id, rawId, type, response }) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const told = parts.filter((part) => response[part]).map((part) => [part, text(response[part])]);
  return { id, rawId: text(rawId), type, response: Object.fromEntries(told), clientExtensionResults: {} };
}

function bytes(encoded) {
  const plain = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (each) => each.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
