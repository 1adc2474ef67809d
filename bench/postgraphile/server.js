// PostGraphile 5 as one would serve it in production: no GraphiQL, no watching, no explaining, prepared statements on,
// one process. It asks the tables as their owner: no policy, no log of readings.
//
// DATABASE_URL, PORT and POOL (connections) come from the environment; so does GRAPHILE_ENV=production.
import { createServer } from "node:http";
import { PgAggregatesPreset } from "@graphile/pg-aggregates";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { TYPES } from "postgraphile/@dataplan/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { sql } from "postgraphile/pg-sql2";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";

// Groups by month and quarter, which the plugin for aggregates leaves to whoever needs them.
const truncated = (unit) => ({
  id: `truncated-to-${unit}`,
  isSuitableType: (codec) => codec === TYPES.timestamptz,
  sqlWrap: (value) => sql`date_trunc('${sql.raw(unit)}', ${value})`,
  sqlWrapCodec: (codec) => codec,
});
const MonthsAndQuarters = {
  name: "MonthsAndQuarters",
  version: "0.0.0",
  schema: {
    hooks: {
      build: {
        after: ["PgAggregatesSpecsPlugin"],
        callback(build) {
          build.pgAggregateGroupBySpecs.push(truncated("month"), truncated("quarter"));
          return build;
        },
      },
    },
  },
};

const instance = postgraphile({
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset, PgAggregatesPreset],
  plugins: [MonthsAndQuarters],
  // It would not filter by columns without an index, such as when a row was voided.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      // Months are the company's.
      poolConfig: { max: Number(process.env.POOL ?? 10), options: "-c timezone=Asia/Shanghai -c jit=off" },
    }),
  ],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: { explain: false },
});

const server = createServer();
server.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
await instance.createServ(grafserv).addTo(server);
if (process.env.PRINT_SCHEMA) {
  const { printSchema } = await import("postgraphile/graphql");
  process.stdout.write(printSchema(await instance.getSchema()));
}
server.listen(Number(process.env.PORT), "127.0.0.1");
