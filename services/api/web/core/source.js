/**
 * Where live topics come from, for all tabs of a browser: one stream; where none is to be had, each
 * topic is asked for now and then.
 */

import { get } from "./api.js";
import { eventsOf } from "./event_stream.js";
import { ask, streamable, topicOf } from "./topics.js";

/**
 * @typedef {object} News
 * @property {string} [topic] of which `frame` is
 * @property {any} [frame]
 * @property {boolean} [alerts] something became of alerts
 * @property {any} [clock]
 * @property {"stream" | "reduced" | "none"} [mode]
 * @property {number | null} [lost] since when the API was not heard of, epoch ms by this device
 * @property {{store: string, since: number} | null} [away] store that the API cannot read, and since when
 * @property {boolean} [out] nobody is signed in any more
 */

const POLL_MS = 5_000;
const STREAM_AGAIN_MS = 30_000;
/** The API says something each 15 s. */
const SILENT_MS = 20_000;
const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 30_000;
const SETTLE_MS = 150;
/** What a request is refused with if its store does not answer; live topics have one. */
const STORE_AWAY = "/problems/store-away";
const LIVE_STORE = "Redis";

export class Source {
  /**
   * @param {() => Iterable<string>} wanted topics
   * @param {string} base topic of a stream for which none is wanted: the clocks come with any
   * @param {(news: News) => void} tell
   */
  constructor(wanted, base, tell) {
    this.wanted = wanted;
    this.base = base;
    this.tell = tell;
    this.ended = false;
    /** Topics that the stream has. */
    this.open = "";
    /** Those that it may not have. @type {Set<string>} */
    this.refused = new Set();
    /** @type {AbortController | null} */
    this.stop = null;
    this.heard = Date.now();
    this.wait = FIRST_WAIT_MS;
    /** @type {string | null} */
    this.lastId = null;
    this.watch = setInterval(() => this.look(), 1_000);
    this.soon(0);
  }

  /** Other topics may be wanted. */
  changed() {
    if (this.topics().join(",") !== this.open) this.soon(SETTLE_MS);
  }

  close() {
    this.ended = true;
    clearInterval(this.watch);
    clearTimeout(this.timer);
    this.stop?.abort();
  }

  topics() {
    const found = streamable(this.wanted(), this.refused);
    return found.length > 0 ? found : [this.base];
  }

  /** @param {number} ms */
  soon(ms) {
    clearTimeout(this.timer);
    if (!this.ended) this.timer = setTimeout(() => this.connect(), ms);
  }

  async connect() {
    this.stop?.abort();
    const stop = new AbortController();
    this.stop = stop;
    const topics = this.topics();
    this.open = topics.join(",");
    this.heard = Date.now();
    const path = `/v1/stream?topics=${encodeURIComponent(this.open)}`;
    /** @type {Record<string, string>} */
    const headers = this.lastId === null ? {} : { "Last-Event-ID": this.lastId };
    let answer;
    try {
      answer = await fetch(path, { signal: stop.signal, headers, cache: "no-store" });
      if (answer.ok && answer.body !== null) {
        for await (const event of eventsOf(answer.body)) {
          if (stop.signal.aborted) return;
          this.heard = Date.now();
          if (this.take(event, topics)) break;
        }
      }
    } catch {
      // Cut, or nobody is there: both are found out by trying again.
      if (stop.signal.aborted) return;
      if (answer === undefined) this.tell({ lost: this.heard, mode: "none" });
    }
    if (stop.signal.aborted || this.ended) return;
    if (answer === undefined || answer.ok) this.again();
    else this.refuse(answer.status, topics, Number(answer.headers.get("Retry-After") ?? 0));
  }

  /** Try again, each time later than before. */
  again() {
    this.soon(this.wait);
    this.wait = Math.min(2 * this.wait, MOST_WAIT_MS);
  }

  /**
   * @param {import("./event_stream.js").Event} event
   * @param {string[]} topics
   * @returns {boolean} whether it was the last
   */
  take({ name, data, id }, topics) {
    if (id !== null) this.lastId = id;
    switch (name) {
      case "":
        break;
      case "hello":
        this.wait = FIRST_WAIT_MS;
        this.tell({ mode: "stream", lost: null, away: null, clock: JSON.parse(data).clock });
        break;
      case "clock":
        this.tell({ clock: JSON.parse(data), away: null });
        break;
      case "alert":
      case "resync":
        this.tell({ alerts: true });
        break;
      case "away":
        this.tell({ away: { store: JSON.parse(data).store, since: Date.now() } });
        break;
      case "bye": {
        const { again_ms } = JSON.parse(data);
        if (again_ms === null) this.tell({ out: true });
        return true;
      }
      default: {
        const frame = JSON.parse(data);
        const topic = topicOf(name, frame, topics);
        if (topic !== null) this.tell({ topic, frame, away: null });
      }
    }
    return false;
  }

  /**
   * There is no stream of these topics.
   * @param {number} status
   * @param {string[]} topics
   * @param {number} afterS
   */
  refuse(status, topics, afterS) {
    this.tell({ lost: null });
    if (status === 401) {
      this.tell({ out: true, mode: "none" });
      return;
    }
    const meters = topics.filter((each) => each.startsWith("meter:"));
    if (status < 500 && status !== 429 && meters.length > 0) {
      // One of them is not there, or not for who is signed in: views of meters ask by themselves.
      for (const each of meters) this.refused.add(each);
      this.soon(0);
      return;
    }
    this.tell({ mode: "reduced" });
    this.poll(Date.now() + Math.max(STREAM_AGAIN_MS, 1_000 * afterS));
  }

  /** @param {number} until epoch ms: when a stream is tried again */
  async poll(until) {
    const asked = await Promise.all(
      this.topics()
        .filter((each) => each !== "alerts")
        .map(async (topic) => ({ topic, ...(await ask(topic)) })),
    );
    if (this.ended) return;
    this.heard = Date.now();
    for (const { topic, value, problem } of asked) {
      if (problem === null) this.tell({ topic, frame: value });
    }
    this.tell({ alerts: true });
    // The clocks come with it.
    const last = asked.length === 0 ? [await get("/v1/alerts?limit=1")] : asked;
    if (last.some(({ problem }) => problem?.type === STORE_AWAY)) this.tell({ away: { store: LIVE_STORE, since: Date.now() } });
    else if (last.every(({ problem }) => problem === null)) this.tell({ away: null });
    clearTimeout(this.timer);
    if (!this.ended) {
      this.timer = setTimeout(() => (Date.now() >= until ? this.connect() : this.poll(until)), POLL_MS);
    }
  }

  /** A stream that says nothing has broken off, and nobody was told. */
  look() {
    if (Date.now() - this.heard < SILENT_MS) return;
    this.tell({ lost: this.heard, mode: "none" });
    this.soon(0);
    this.heard = Date.now();
  }
}
