import { testStampedes } from "./stampedes.ts";

// In a file of their own, so that two workers share the 50.
testStampedes(26, 50);
