import { readFileSync } from "node:fs"; import { gunzipSync } from "node:zlib";
import { catalog } from "@gw/catalog"; import { priceOf } from "../src/price-of.ts"; import { priceRowFor } from "../src/price-row-for.ts"; import { readUsage } from "./read-usage.ts";
const D = JSON.parse(gunzipSync(readFileSync("/work/shared/prices/genai-prices.usages-dataset.json.gz")).toString());
const prov: any = {anthropic:"anthropic",aws:"bedrock",google:"google",openai:"openai",mistral:"mistral",groq:"groq",cerebras:"cerebras",deepseek:"deepseek",zai:"zai","x-ai":"xai",moonshotai:"moonshot"};
const form = (p: string,f: string): any => f==="default" ? (p==="anthropic"?"messages":p==="google"?"gemini":p==="aws"?"converse":"chat") : f==="anthropic"?"messages": f;
const n: any = {}; const bad = new Map<string, any>(); const seen=new Set();
for (const d of D) for (const e of d.extracted) for (const x of e.extractors) {
  const v = prov[x.provider_id]; if (!v) continue;
  if (x.input_price===undefined && x.output_price===undefined) { n.noexp=(n.noexp??0)+1; continue; }
  const usage = readUsage(form(x.provider_id,x.api_flavor), d.body.usage ?? d.body.usageMetadata);
  const want = BigInt(Math.round((Number(x.input_price??0)+Number(x.output_price??0))*1e9));
  const offer = catalog.findOffer(v, d.model);
  const row = offer && priceRowFor(offer,{atMs:Date.parse("2026-08-21T12:00:00Z")});
  const key = `${x.provider_id}/${x.api_flavor} ${d.model}`;
  if (!row) { n.norow=(n.norow??0)+1; const b=bad.get("norow "+key)??{n:0}; b.n++; bad.set("norow "+key,b); continue; }
  const got = priceOf(usage,row,[]); 
  if (got.costNanoUsd===want) { n.ok=(n.ok??0)+1; continue; }
  n.bad=(n.bad??0)+1; const b=bad.get(key)??{n:0,want,got:got.costNanoUsd,lines:got.lines.map(l=>l.class+":"+l.units+"="+l.costPicoUsd).join(" "),x:x.input_price+"+"+x.output_price,u:JSON.stringify(d.body.usage ?? d.body.usageMetadata), e:JSON.stringify(e.usage)}; b.n++; bad.set(key,b);
}
console.log(n); for (const [k,v] of [...bad].sort()) console.log(k, v.n, v.want===undefined?"":`want ${v.want} got ${v.got} [${v.lines}] ${v.x} ${v.u} ${v.e}`);
