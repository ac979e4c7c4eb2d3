import type { TextCapabilities, TextRequest } from "@gw/core";
import { describe, expect, it } from "vitest";
import { checkCapabilities } from "../src/check-capabilities.ts";

const nothing = {
  tools: false,
  imageInput: false,
  documentInput: false,
  audioInput: false,
  videoInput: false,
} as TextCapabilities;
const source = { type: "url", url: "https://example.test/a" } as const;
const asking = (content: TextRequest["messages"][number]): TextRequest => ({ model: "m", messages: [content] });

describe("checkCapabilities", () => {
  it.each([
    ["tools", { ...asking({ role: "user", content: [] }), tools: [{ type: "function", name: "f" }] }, "tools", "tools"],
    ["an image", asking({ role: "user", content: [{ type: "image", source }] }), "imageInput", "messages.0.content"],
    [
      "a document",
      asking({ role: "user", content: [{ type: "document", source }] }),
      "documentInput",
      "messages.0.content",
    ],
    ["audio", asking({ role: "user", content: [{ type: "audio", source }] }), "audioInput", "messages.0.content"],
    ["video", asking({ role: "user", content: [{ type: "video", source }] }), "videoInput", "messages.0.content"],
    [
      "an image in a tool result",
      asking({
        role: "tool",
        content: [{ type: "tool-result", toolCallId: "c", content: [{ type: "image", source }] }],
      }),
      "imageInput",
      "messages.0.content",
    ],
  ] as const)("refuses %s unless it is declared", (_name, request, capability, param) => {
    expect(() => checkCapabilities(request as TextRequest, nothing)).toThrow(
      expect.objectContaining({ code: "unsupported_capability", param }),
    );
    expect(() => checkCapabilities(request as TextRequest, { ...nothing, [capability]: true })).not.toThrow();
  });

  it("lets text pass", () => {
    expect(() =>
      checkCapabilities(asking({ role: "user", content: [{ type: "text", text: "hi" }] }), nothing),
    ).not.toThrow();
  });
});
