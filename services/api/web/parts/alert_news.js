// Whether something became of alerts: views that show some ask again then.

import { useEffect } from "preact/hooks";
import { topic, want } from "../core/stream.js";

/** A number that is another one whenever an alert is otherwise. */
export function useAlertNews() {
  useEffect(() => want("alerts"), []);
  return topic("alerts").value;
}
