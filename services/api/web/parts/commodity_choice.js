// Of which commodity something is shown: where there is more than one, as buttons.

import { html } from "../core/html.js";
import { commodityName } from "./amounts.js";
import { Choice } from "./choice.js";

/**
 * The commodities that there are, and the one to be shown: as asked for, or the first.
 * @template {string} T
 * @param {{commodity: T}[]} items One for each, as of the fleet.
 * @param {string | null | undefined} asked
 * @returns {{there: T[], commodity: T | "electricity"}}
 */
export function commodityOf(items, asked) {
  const there = items.map((each) => each.commodity);
  return { there, commodity: there.find((each) => each === asked) ?? there[0] ?? "electricity" };
}

/**
 * @param {object} props
 * @param {string} [props.name] What is chosen.
 * @param {readonly string[]} props.there
 * @param {string} props.value
 * @param {(value: string) => void} props.onChoose
 */
export function CommodityChoice({ name = "Commodity", there, value, onChoose }) {
  if (there.length < 2) return null;
  const options = there.map((each) => [each, commodityName(each)]);
  return html`<${Choice} name=${name} options=${options} value=${value} onChoose=${onChoose} />`;
}
