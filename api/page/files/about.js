// What the server says of itself; every view may want it, and it is asked for once.

import { get } from "./http.js";

/** A promise of the answer to GET /about. */
export const about = get("/about");
about.catch(() => {});
