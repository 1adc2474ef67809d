# What the scripts of the harness share; they name $customers and $database before.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$here"
profile=${PROFILE:-release}
built=${CARGO_TARGET_DIR:-target}/${profile/#dev/debug}
tell() { echo "$(date +%T)  $*" >&2; }

nice cargo build --profile "$profile" --locked --workspace --bins >&2
built=$(cd "$built" && pwd)
kehu=$built/kehu
bench=$built/bench

keep=${KEEP:-$(mktemp -d "${TMPDIR:-/tmp}/kehu-bench.XXXXXX")}
mkdir -p "$keep"
keep=$(cd "$keep" && pwd)
run() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    # PostgreSQL refuses to run as root.
    chown postgres "$keep"
    run() { runuser -u postgres -- "$@"; }
fi
servers=()
stop() {
    for pid in "${servers[@]}"; do kill -CONT "$pid" 2>/dev/null && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
    [ -z "${started:-}" ] || run "$bin/pg_ctl" -D "$keep/data" -m fast stop >/dev/null 2>&1 || true
    [ -n "${KEEP:-}" ] || rm -rf "$keep"
}
trap stop EXIT
trap 'exit 130' INT TERM

port=$((20000 + RANDOM % 10000))
# One person asks for all, as fast as he can.
export KEHU_LIMITS__BUDGET=0 KEHU_LIMITS__MUTATIONS=0
# Requests are not logged: nobody else here logs them. That statements are slow where Kehu was made to stand still is known.
export KEHU_LOG__LEVEL=warn,sqlx::query=error KEHU_HTTP__BIND=127.0.0.1:$((port + 1))

# A private PostgreSQL, in which nothing waits for a disk: fsync is off for all alike, so that their own work is what
# differs. Nor is it tidied behind their backs.
start_postgres() {
    bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb /usr/local/pgsql/bin/initdb /opt/homebrew/bin/initdb 2>/dev/null | sort -V | tail -n 1)")
    [ -x "$bin/initdb" ] || { echo "bench: no PostgreSQL here: install the package postgresql (15 or newer)" >&2; exit 1; }
    [ -d "$keep/data" ] || (cd / && run "$bin/initdb" -D "$keep/data" -U postgres -A trust --locale=C.UTF-8 -E UTF8 >/dev/null)
    (cd / && run "$bin/pg_ctl" -D "$keep/data" -l "$keep/log" -w -o "-p $port -c listen_addresses=127.0.0.1 -k $keep \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=100 -c shared_buffers=1GB \
        -c maintenance_work_mem=256MB -c max_wal_size=8GB -c checkpoint_timeout=1h -c random_page_cost=1.1 \
        -c autovacuum=off" start >/dev/null)
    started=1
    postgres_pid=$(head -n 1 "$keep/data/postmaster.pid")
}

# Fills a database of so many customers, unless it is there. `use CUSTOMERS` sets DATABASE_URL and world.
use() {
    local name=kehu_$1
    world=$keep/$database-$1.world
    if [ "$database" = sqlite ]; then
        export DATABASE_URL=sqlite://$keep/$name.sqlite
        [ -e "$world" ] || rm -f "$keep/$name.sqlite"*
    else
        local server=postgres://postgres@127.0.0.1:$port
        export DATABASE_URL=$server/$name
        if [ ! -e "$world" ]; then
            "$bin/psql" -q "$server/postgres" -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS $name" -c "CREATE DATABASE $name"
        fi
    fi
    [ ! -e "$world" ] || return 0
    tell "$1 customers into $database"
    "$kehu" migrate up >/dev/null
    "$bench" data "$DATABASE_URL" --customers "$1" --world "$world.part"
    mv "$world.part" "$world"
}

# Waits until somebody listens.
wait_for() {
    for _ in $(seq 600); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        sleep 0.1
    done
    echo "bench: nobody listens on port $1" >&2
    exit 1
}

# Node and PostGraphile of bench/postgraphile/package-lock.json, beside the build. Says on standard output where.
install_postgraphile() {
    local folder=$built/../postgraphile
    command -v npm >/dev/null || { tell "no npm here: PostGraphile is left out"; return 1; }
    mkdir -p "$folder"
    if ! cmp -s bench/postgraphile/package-lock.json "$folder/installed"; then
        tell "PostGraphile from npm"
        cp bench/postgraphile/package.json bench/postgraphile/package-lock.json bench/postgraphile/.npmrc "$folder"
        (cd "$folder" && npm ci --no-audit --no-fund >"$folder/npm.log" 2>&1) || { tell "npm failed, see $folder/npm.log: PostGraphile is left out"; return 1; }
        cp bench/postgraphile/package-lock.json "$folder/installed"
    fi
    cp bench/postgraphile/server.js "$folder"
    (cd "$folder" && pwd)
}

# Starts the servers on DATABASE_URL; sets `targets`, as `bench load` wants them.
start_servers() {
    tell "starting servers"
    "$kehu" serve >/dev/null 2>>"$keep/kehu.log" &
    servers+=($!)
    targets=(--kehu "127.0.0.1:$((port + 1))" --kehu-pid $!)
    wait_for $((port + 1))
    [ "$database" = postgres ] || return 0
    targets+=(--postgres-pid "$postgres_pid")
    if [ "${FLOOR:-1}" = 1 ]; then
        "$bench" floor "$DATABASE_URL" --port $((port + 2)) &
        servers+=($!)
        targets+=(--floor "127.0.0.1:$((port + 2))" --floor-pid $!)
        wait_for $((port + 2))
    fi
    local folder
    if [ "${POSTGRAPHILE:-1}" = 1 ] && folder=$(install_postgraphile); then
        local node=$folder/node_modules/node/bin/node
        [ -x "$node" ] || node=node
        (cd "$folder" && PORT=$((port + 3)) GRAPHILE_ENV=production exec "$node" server.js >"$keep/postgraphile.log" 2>&1) &
        servers+=($!)
        targets+=(--postgraphile "127.0.0.1:$((port + 3))" --postgraphile-pid $!)
        wait_for $((port + 3))
    fi
}

stop_servers() {
    for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
    servers=()
}

# What it was measured on, as a paragraph.
machine() {
    local postgres=""
    [ "$database" != postgres ] || postgres="$("$bin/postgres" --version | sed 's/ (Debian.*//'), "
    echo "Machine: $(nproc) cores of $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), $(free -g | awk '/^Mem/ {print $2}') GB,"
    echo "${postgres}$(rustc --version | cut -d ' ' -f 1-2); servers, database and load share it. Load average while the report was"
    echo "written: $(cut -d ' ' -f 1-3 /proc/loadavg)."
}
