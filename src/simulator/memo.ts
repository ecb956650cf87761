/**
 * The same function, with what it gave lately remembered: at most `max` answers, all forgotten when there is one more. For
 * pure functions only, of keys that come again and again.
 */
export function memo<Key, Answer>(max: number, make: (key: Key) => Answer): (key: Key) => Answer {
  const made = new Map<Key, Answer>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size >= max) made.clear();
    const answer = make(key);
    made.set(key, answer);
    return answer;
  };
}
