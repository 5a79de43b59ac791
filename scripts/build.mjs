// npm run build: installs what is missing, then builds everything that `npm start` needs.
import { prepare } from "./prerequisites.mjs";
import { main } from "./run.mjs";

await main(async () => {
  const { buildAll } = await prepare();
  await buildAll();
});
