// The part of one chat's history that is on the screen, kept up to date by events. No page and no network in here: what
// loads pages is handed in.

/** How many messages a page has, and how many entries are held: beyond, those at the far end are let go. */
export const PAGE = 60;
export const HELD = 360;

/**
 * An entry is a message as the API shows it, or a note `{seq, note: event}` of what else happened. Entries are in the
 * order of their seqs, without a hole in between. Those that were sent and are not stored yet stand in `outgoing`.
 */
export class Timeline {
  /** From the oldest to the newest. */
  entries = [];
  outgoing = [];
  loaded = false;
  /** Whether the first entry is the beginning of the chat, and the last its end. */
  atStart = false;
  atEnd = false;
  #fetch;
  #changed;
  #loads = 0;
  #missed = [];
  #generation = 0;
  #busy = null;

  /**
   * @param fetch `({before?, after?, limit}) → Promise<entries>`, oldest first; fewer messages than `limit` say that there
   *   are no more on that side.
   * @param changed called with what changed: a `page`, an `entry`, the `outgoing` ones, or that the last entry came `live`
   */
  constructor(fetch, changed) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  get first() { return this.entries[0]?.seq ?? null; }
  get last() { return this.entries.at(-1)?.seq ?? null; }

  find(seq) {
    const at = this.#place(seq);
    return this.entries[at]?.seq === seq ? this.entries[at] : null;
  }

  /** Forgets all and loads the newest page. */
  async loadNewest() {
    await this.#reload(async limit => {
      const entries = await this.#fetch({limit});
      return {entries, atStart: count(entries) < limit, atEnd: true};
    });
  }

  /** Forgets all and loads what stands around a message. */
  async loadAround(seq) {
    await this.#reload(async limit => {
      const half = Math.floor(limit / 2);
      const [older, newer] = await Promise.all([
        this.#fetch({before: seq + 1, limit: half}), this.#fetch({after: seq, limit: half})]);
      return {entries: [...older, ...newer], atStart: count(older) < half, atEnd: count(newer) < half};
    });
  }

  loadOlder() {
    if (!this.loaded || this.atStart) return null;
    return this.#extend(async () => {
      const entries = await this.#fetch({before: this.first, limit: PAGE});
      return () => {
        this.entries.unshift(...entries);
        this.atStart = count(entries) < PAGE;
        const cut = Math.max(0, this.entries.length - HELD);
        if (cut > 0) { this.entries.splice(-cut); this.atEnd = false; }
        this.#changed('page');
      };
    });
  }

  loadNewer() {
    if (!this.loaded || this.atEnd) return null;
    return this.#extend(async () => {
      const entries = await this.#fetch({after: this.last, limit: PAGE});
      return () => {
        this.entries.push(...entries);
        this.atEnd = count(entries) < PAGE;
        const cut = Math.max(0, this.entries.length - HELD);
        if (cut > 0) { this.entries.splice(0, cut); this.atStart = false; }
        this.#changed('page');
      };
    });
  }

  /** Lets go of the oldest entries, when whoever looks is at the end. */
  trim() {
    const cut = this.entries.length - HELD;
    if (!this.atEnd || cut < PAGE) return;
    this.entries.splice(0, cut);
    this.atStart = false;
    this.#changed('page');
  }

  /** What follows was told at once by the log; it may be known already from a page that was read later. */
  apply(event) {
    // A page that is on its way may have been read before this.
    if (this.#loads > 0) this.#missed.push(event);
    if (this.loaded) this.#take(event);
  }

  /** Puts down a message that is being sent. */
  sending(item) {
    this.outgoing.push(item);
    this.#changed('outgoing');
  }

  /** Tells of something new about it. */
  sent(clientId, change) {
    const item = this.outgoing.find(waiting => waiting.clientId === clientId);
    if (!item) return;
    Object.assign(item, change);
    // What is shown as stored comes with its event; where that is not shown, nothing waits for it.
    if (change.seq && !(this.loaded && this.atEnd && change.seq > (this.last ?? 0))) return this.forget(clientId);
    this.#changed('outgoing');
  }

  forget(clientId) {
    this.outgoing = this.outgoing.filter(item => item.clientId !== clientId);
    this.#changed('outgoing');
  }

  async #reload(load) {
    const generation = ++this.#generation;
    await this.#during(async () => {
      const {entries, atStart, atEnd} = await load(PAGE);
      if (generation !== this.#generation) return;
      Object.assign(this, {entries, atStart, atEnd, loaded: true});
      this.#changed('page');
    });
  }

  /** One at a time; whoever asks meanwhile waits for the same. */
  #extend(load) {
    this.#busy ??= this.#during(async () => {
      const generation = this.#generation;
      const apply = await load();
      if (generation === this.#generation) apply();
    }).finally(() => { this.#busy = null; });
    return this.#busy;
  }

  /** A load; what happens meanwhile is applied to its result once more. */
  async #during(load) {
    this.#loads += 1;
    try {
      await load();
      for (const event of this.#missed) this.#take(event);
    } finally {
      this.#loads -= 1;
      if (this.#loads === 0) this.#missed = [];
    }
  }

  #place(seq) {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle].seq < seq) low = middle + 1; else high = middle;
    }
    return low;
  }

  #take(event) {
    const target = event.data.target && this.find(event.data.target);
    switch (event.kind) {
      case 'message.created': return this.#append(messageOf(event));
      case 'message.edited':
        return target && !target.deleted && this.#update(target, {message: event.data.message, edited_at: event.at});
      case 'message.deleted':
        return target && this.#update(target, {message: '', deleted: true, reactions: {}});
      case 'reaction.added': return target && !target.deleted && this.#update(target, {reactions: withReaction(target, event)});
      case 'reaction.removed': return target && this.#update(target, {reactions: withoutReaction(target, event)});
      default: return this.#append({seq: event.seq, note: event});
    }
  }

  #append(entry) {
    const own = entry.client_id && this.outgoing.find(item => item.clientId === entry.client_id && item.by === entry.user.id);
    if (own) this.outgoing = this.outgoing.filter(item => item !== own);
    if (this.atEnd && entry.seq > (this.last ?? 0)) {
      this.entries.push(entry);
      this.#changed('live');
    } else if (own) this.#changed('outgoing');
  }

  #update(entry, change) {
    Object.assign(entry, change, {version: (entry.version ?? 0) + 1});
    this.#changed('entry');
  }
}

const count = entries => entries.reduce((sum, entry) => sum + (entry.note ? 0 : 1), 0);

export function messageOf(event) {
  const {message, client_id, reply_to} = event.data;
  return {
    seq: event.seq, user: event.by, message, client_id, reply_to, reactions: {}, created_at: event.at, edited_at: null,
    // An event is shown as the message is today: one that was deleted since has no text.
    deleted: message === '',
  };
}

function withReaction({reactions}, {by, data: {emoji}}) {
  const who = reactions[emoji] ?? [];
  return who.includes(by.id) ? reactions : {...reactions, [emoji]: [...who, by.id]};
}

function withoutReaction({reactions}, {by, data: {emoji}}) {
  const {[emoji]: who = [], ...others} = reactions;
  const left = who.filter(id => id !== by.id);
  return left.length === 0 ? others : {...reactions, [emoji]: left};
}
