export { type GoogleOptions, google, providerPackage } from "./google.ts";
