import { testProvider } from "@gw/provider-testkit";
import { google } from "../src/index.ts";

testProvider("Google", { create: google, fixtures: new URL("./wire/", import.meta.url) });
