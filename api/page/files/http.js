// Requests to the server that this page came from, and to no other.

const KEY = "anwen-key";
const NEEDS_KEY = ["unauthorized", "wrong_scope"];

/** What the server, or the way to it, could not do; `message` is for people, `code` for programs. */
export class Fault extends Error {
  constructor(code, message, status = 0) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The key of whoever sits here, for asking and for all else: kept in this browser until it is taken back. */
export const ownKey = {
  get: () => localStorage.getItem(KEY) ?? "",
  set: (key) => (key ? localStorage.setItem(KEY, key) : localStorage.removeItem(KEY)),
};

/** Forget the key, and begin anew without it. */
export function forgetKey() {
  ownKey.set("");
  location.assign("/");
}

/** GET what is at a path, as JSON. Throws Fault. */
export async function get(path, params = {}) {
  const given = Object.entries(params).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(given).toString();
  return (await answered(query ? `${path}?${query}` : path, {})).json();
}

/** POST an object as JSON, and return the JSON that comes back. Throws Fault. */
export async function post(path, body) {
  return (await posted(path, body)).json();
}

/** POST an object as JSON, or GET where there is none, and return what comes back as a file. Throws Fault. */
export async function fetchFile(path, body = null) {
  return (await (body ? posted(path, body) : answered(path, {}))).blob();
}

/** Send a request; `body` is what fetch takes. Throws Fault. */
export async function send(method, path, body) {
  return (await answered(path, { method, body })).json();
}

/** POST an object and yield the server-sent events that come back, as { name, data }. Throws Fault. */
export async function* events(path, body, signal) {
  const response = await posted(path, body, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (waiting + value).split("\n\n");
      waiting = blocks.pop();
      yield* blocks.map(event);
    }
  } catch (error) {
    throw understood(error);
  }
}

function event(block) {
  const fields = block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
  const data = fields.filter(([name]) => name === "data").map(([, value]) => value);
  return { name: fields.find(([name]) => name === "event")?.[1] ?? "message", data: JSON.parse(data.join("\n")) };
}

function posted(path, body, signal) {
  const sent = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal };
  return answered(path, sent);
}

/** Fetch, with the key if there is one; where one is wanted, whoever sits here is asked for it. */
async function answered(path, request) {
  for (;;) {
    const key = ownKey.get();
    const response = await fetch(path, { ...request, headers: { ...headers(key), ...request.headers } }).catch((error) => {
      throw understood(error);
    });
    if (response.ok) return response;
    const fault = await faultOf(response);
    if (!NEEDS_KEY.includes(fault.code)) throw fault;
    // Another request may have had it asked for meanwhile.
    if (key === ownKey.get() && !(await asked(fault, key))) throw fault;
  }
}

let asking = null;

/** Whether a key was given now, in one window for all requests that wait for it. */
function asked(fault, key) {
  if (fault.code === "unauthorized") ownKey.set("");
  asking ??= import("./key.js").then(({ askForKey }) => askForKey(fault, key, ownKey)).finally(() => (asking = null));
  return asking;
}

async function faultOf(response) {
  const told = await response.json().catch(() => ({}));
  const { code = "http_error", message = `服务出错（${response.status}），请稍后再试。` } = told.error ?? {};
  return new Fault(code, code === "unauthorized" ? "这里要有口令才能用。" : message, response.status);
}

function understood(error) {
  if (error.name === "AbortError" || error instanceof Fault) return error;
  return new Fault("unreachable", "连不上服务，请检查网络，或请管理员看看服务是否在运行。");
}

function headers(key) {
  const accept = { accept: "application/json" };
  // Headers are bytes, and a key may be Chinese.
  return key ? { ...accept, authorization: `Bearer ${String.fromCharCode(...new TextEncoder().encode(key))}` } : accept;
}
