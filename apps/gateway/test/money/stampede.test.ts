import { testStampedes } from "./stampedes.ts";

testStampedes(1, 25);
