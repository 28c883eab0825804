import { useRef, useSyncExternalStore } from "react";
import type { Dispose } from "./dispose";

/** What can be looked at and followed. */
export interface Readable<T> {
  readonly value: T;
  /** Calls f after each change, not for the present value. */
  subscribe(f: () => void): Dispose;
}

/** One observable value. Values are replaced, never changed in place. */
export class Store<T> implements Readable<T> {
  private current: T;
  private readonly followers = new Set<() => void>();

  constructor(initial: T) {
    this.current = initial;
  }

  get value(): T {
    return this.current;
  }

  /** Replaces the value; nobody is told where it is the same. */
  set(value: T): void {
    if (Object.is(value, this.current)) return;
    this.current = value;
    for (const f of [...this.followers]) f();
  }

  update(f: (value: T) => T): void {
    this.set(f(this.current));
  }

  /** Replaces some members of an object. */
  patch(part: Partial<T>): void {
    this.set({ ...this.current, ...part });
  }

  subscribe(f: () => void): Dispose {
    const follower = () => f();
    this.followers.add(follower);
    return () => {
      this.followers.delete(follower);
    };
  }
}

/** A value that is made of others and is computed when it is asked for. */
export function derived<T>(sources: readonly Readable<unknown>[], compute: () => T): Readable<T> {
  let seen: unknown[] | undefined;
  let value: T;
  return {
    get value() {
      const now = sources.map((s) => s.value);
      if (!seen || !shallowEqual(seen, now)) {
        seen = now;
        const next = compute();
        value = seen && shallowEqual(value, next) ? value : next;
      }
      return value;
    },
    subscribe(f) {
      const ends = sources.map((s) => s.subscribe(f));
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

/** The value of a store in a component, or what a selector takes from it. The component is drawn again when that is not shallowly equal to what it was. */
export function useStore<T>(store: Readable<T>): T;
export function useStore<T, S>(store: Readable<T>, select: (value: T) => S): S;
export function useStore<T, S>(store: Readable<T>, select?: (value: T) => S): T | S {
  const last = useRef<{ value: T | S } | undefined>(undefined);
  const read = () => {
    const next = select ? select(store.value) : store.value;
    if (last.current && shallowEqual(last.current.value, next)) return last.current.value;
    last.current = { value: next };
    return next;
  };
  const { subscribe } = useBound(store);
  return useSyncExternalStore(subscribe, read);
}

function useBound(store: Readable<unknown>): { subscribe: (f: () => void) => Dispose } {
  const bound = useRef<{ store: Readable<unknown>; subscribe: (f: () => void) => Dispose } | undefined>(undefined);
  if (bound.current?.store !== store) {
    bound.current = { store, subscribe: (f) => store.subscribe(f) };
  }
  return bound.current;
}

/** Whether two values are the same, or arrays or plain objects with the same members. */
export function shallowEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (!Array.isArray(a) && Object.getPrototypeOf(a) !== Object.prototype) return false;
  const left = Object.entries(a);
  const right = b as Record<string, unknown>;
  return left.length === Object.keys(b).length && left.every(([k, v]) => k in right && Object.is(v, right[k]));
}
