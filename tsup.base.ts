import type { Options } from "tsup";

/** The build every published package shares: ESM for Node and edge runtimes, with declarations. */
export function library(entry: NonNullable<Options["entry"]>): Options {
  return {
    entry,
    format: "esm",
    dts: true,
    clean: true,
    sourcemap: true,
    target: "es2024",
    treeshake: true,
    // Some modules of Node have no other name: `sqlite` would be a package.
    removeNodeProtocol: false,
  };
}
