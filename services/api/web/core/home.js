/** What somebody sees first who sees only some meters. */

import { get } from "./api.js";

/** The only meter, or the list of them. @returns {Promise<string>} an address */
export async function home() {
  const { data } = await get("/v1/meters?limit=2");
  const items = data?.items ?? [];
  return items.length === 1 && data.next === null ? `/meters/${encodeURIComponent(items[0].meter_id)}` : "/meters";
}
