import { expect, test } from "vitest";
import { credentialAfter, freshCredential } from "../src/credential-health.ts";

const limited = { type: "cooled", refused: false } as const;
const refused = { type: "cooled", refused: true } as const;

test.each([
  ["as long as the vendor asked", { ...limited, retryAfterMs: 1_234 }, 1_234],
  ["at most an hour", { ...limited, retryAfterMs: 90_000_000 }, 3_600_000],
  ["5 s where the vendor says nothing", { ...limited, retryAfterMs: null }, 5_000],
  ["5 min where it was refused", { ...refused, retryAfterMs: null }, 300_000],
  ["5 min at least where it was refused", { ...refused, retryAfterMs: 1_000 }, 300_000],
  ["longer than that where the vendor asked", { ...refused, retryAfterMs: 400_000 }, 400_000],
])("it rests %s", (_time, outcome, expectedMs) => {
  expect(credentialAfter(freshCredential, outcome, 1_000).restsUntilMs).toBe(1_000 + expectedMs);
});

test("without a word of the vendor, each rest is twice as long as the one before, up to 5 min, until it works again", () => {
  const rests: number[] = [];
  let credential = freshCredential;
  for (let nowMs = 0; rests.length < 8; nowMs = credential.restsUntilMs) {
    credential = credentialAfter(credential, { ...limited, retryAfterMs: null }, nowMs);
    rests.push(credential.restsUntilMs - nowMs);
  }
  expect(rests).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  const well = credentialAfter(credential, { type: "succeeded", firstContentMs: 1 }, 2_000_000);
  expect(credentialAfter(well, { ...limited, retryAfterMs: null }, 2_000_000).restsUntilMs).toBe(2_005_000);
});

test("calls that were under way when it began to rest prolong it only where the vendor asks for longer", () => {
  const resting = credentialAfter(freshCredential, { ...limited, retryAfterMs: 10_000 }, 0);
  const after = (retryAfterMs: number | null): number =>
    credentialAfter(resting, { ...limited, retryAfterMs }, 1_000).restsUntilMs;
  expect([after(null), after(2_000), after(20_000)]).toEqual([10_000, 10_000, 21_000]);
});
