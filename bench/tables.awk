# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The tables of bench/run; table.awk reads its results.

# What a workload is measured by: time of its own, or that of its process.
function metric_of(workload) {
  sub(/-.*/, "", workload)
  return workload == "redis" ? "request" : workload ~ /^(lua|sqlite|zstd)$/ ? "cpu" : "op"
}

# The geometric mean over the workloads that were run: of the ratios of minima, or of the median ratios.
function means(label, of_minima, list_of_workloads, names,   count, list, i, w, workloads, metric, log_sum, used, all) {
  all = split(list_of_workloads, workloads, " ")
  printf "| %s |", label
  count = split(names, list, " ")
  for (i = 1; i <= count; i++) {
    log_sum = used = 0
    for (w = 1; w <= all; w++) {
      metric = metric_of(workloads[w])
      if (!((workloads[w], list[i], metric) in minimum)) continue
      log_sum += log(of_minima ? quotient(workloads[w], list[i], metric) : ratio[workloads[w], list[i], metric])
      used++
    }
    printf " %s |", (used ? sprintf("%.3f", exp(log_sum / used)) : "-")
  }
  printf "\n"
}

function off(names,   count, list, i, small, real) {
  small = "leaf fib qsort tree virtual exceptions lambda"
  real = "lua sqlite zstd redis"
  heading("Hooks off: time", "workload", names)
  count = split(small " " real, list, " ")
  for (i = 1; i <= count; i++)
    if (seen[list[i]]) row(label_of[list[i]], list[i], metric_of(list[i]), names)
  if (seen["leaf"]) {
    means("small ones, geometric mean of the ratios of minima", 1, small, names)
    means("small ones, of the median ratios", 0, small, names)
  }
  if (seen["lua"] || seen["sqlite"]) {
    means("whole programs, of the ratios of minima", 1, real, names)
    means("whole programs, of the median ratios", 0, real, names)
  }
}

# The first variant's ratio is 1, whatever it is called.
function other_compiler(title, group, names,   count, list, i) {
  heading(title, "workload", names)
  count = split("leaf fib qsort lua", list, " ")
  for (i = 1; i <= count; i++) row(label_of[list[i]], list[i] "-" group, metric_of(list[i]), names)
}

# Bytes of an event in the file.
function bytes_of(workload, variant) {
  if (!((workload, variant, "file") in minimum)) return "-"
  return sprintf("%.1f", minimum[workload, variant, "file"] / minimum[workload, variant, "events"])
}

# Processor time of an event by what it holds: what could not be read without asking the kernel shows in it.
function values(   i, count, list, name) {
  list_heading("One event by its arguments, user and system, ns of its thread", \
    "arguments;plain;Calltap, off;calls, tmpfs;calls, disk;bytes an event")
  count = split("none one pair four six reals pointer constant stack heap struct", list, " ")
  for (i = 1; i <= count; i++) {
    name = "value-" list[i]
    printf "| %s | %s | %s | %s | %s | %s |\n", label_of[name], pair(name, "plain", "cpu/event"), pair(name, "off", "cpu/event"), \
      pair(name, "call-memory", "cpu/event"), pair(name, "call-disk", "cpu/event"), bytes_of(name, "call-memory")
  }
  printf "| one RDTSC in the same process | %s | %s | %s | %s | |\n", pair("value-pair", "plain", "rdtsc"), \
    pair("value-pair", "off", "rdtsc"), pair("value-pair", "call-memory", "rdtsc"), pair("value-pair", "call-disk", "rdtsc")
}

# What is more than the bare call of the same program, by the minima.
function over_bare(workload, variant) {
  return number(minimum[workload, variant, "cpu/event"] - minimum[workload, "plain", "cpu/event"])
}

# Processor time of a call that rules look at.
function rules(   i, count, list, kind) {
  list_heading("A call of two integers by what rules ask, user and system, ns of its thread", "call;ns;minima, over the bare call")
  count = split("plain off thread guard thousand call count key time late stack", list, " ")
  for (i = 1; i <= count; i++)
    printf "| %s | %s | %s |\n", title_of[list[i]], pair("rules-pair", list[i], "cpu/event"), over_bare("rules-pair", list[i])
  list_heading("A call that a guard rejects, by what the guard looks at, ns of its thread", "guard;plain;rejected;minima, over the bare call")
  count = split("pair constant heap field", list, " ")
  for (i = 1; i <= count; i++) {
    kind = "rules-" list[i]
    printf "| %s | %s | %s | %s |\n", label_of[kind], pair(kind, "plain", "cpu/event"), pair(kind, "guard", "cpu/event"), over_bare(kind, "guard")
  }
}

# ---- beside other tracers ----

function peer_list() { return "calltap-noargs calltap calltap-strings xray-fdr-14 xray-fdr-19 xray-basic-14 xray-basic-19 uftrace uftrace-args lttng-fast lttng uprobe" }

function peers_event(   i, count, list, name) {
  list_heading("Calls and returns of a function with two integers, beside other tracers", \
    "tracer;ns of the thread an event;the same by the clock;bytes an event;one RDTSC, ns")
  printf "| nothing (a call) | %s | %s | | %s |\n", pair("peers-event", "plain", "cpu/event"), pair("peers-event", "plain", "wall/event"), pair("peers-event", "plain", "rdtsc")
  count = split(peer_list(), list, " ")
  for (i = 1; i <= count; i++) {
    name = list[i]
    if (!(("peers-event", name, "cpu/event") in minimum)) continue
    printf "| %s | %s | %s | %.1f | %s |\n", peer_of[name], pair("peers-event", name, "cpu/event"), pair("peers-event", name, "wall/event"), \
      minimum["peers-event", name, "bytes"] / minimum["peers-event", name, "events"], pair("peers-event", name, "rdtsc")
  }
}

# A record of XRay's basic mode has 32 bytes; the others were counted by their readers.
function events_of(name) {
  if (name ~ /^xray-.*-19/) return int(minimum["peers-lua", "xray-basic-19", "bytes"] / 32)
  if (name ~ /^calltap/) name = "calltap"
  return minimum["decode-events", name, "events"]
}

function peers_lua(   i, count, list, name, events) {
  list_heading("Every function of Lua, beside other tracers", \
    "tracer;events;run by the clock, ms;processor time with the tracer's own processes, ms;clock, ns an event over plain;bytes an event")
  count = split("plain " peer_list(), list, " ")
  for (i = 1; i <= count; i++) {
    name = list[i]
    if (!(("peers-lua", name, "run.wall") in minimum)) continue
    events = events_of(name)
    printf "| %s | %s | %s | %s | %s | %s |\n", (name == "plain" ? "nothing" : peer_of[name]), (events ? events : ""), cell("peers-lua", name, "run.wall"), \
      cell("peers-lua", name, "run.cpu"), (events ? number((minimum["peers-lua", name, "run.wall"] - minimum["peers-lua", "plain", "run.wall"]) * 1e6 / events) : ""), \
      (events ? sprintf("%.1f", middle["peers-lua", name, "bytes"] / events) : "")
  }
}

# Millions of events a second of processor time, by the minimum, and the times.
function speed(workload, variant) {
  if (!((workload, variant, "cpu") in minimum)) return "-"
  return sprintf("%.1f M/s (%s ms)", minimum["decode-events", variant, "events"] / minimum[workload, variant, "cpu"] / 1e3, pair(workload, variant, "cpu"))
}

function decode(   i, count, list, kind) {
  list_heading("Reading a trace of Lua, one processor: events a second (processor time, minimum / median)", \
    "what;Calltap;uftrace;XRay, basic;XRay, FDR;LTTng with babeltrace2")
  printf "| events in the trace | %d | %d | %d | %d | %d |\n", minimum["decode-events", "calltap", "events"], minimum["decode-events", "uftrace", "events"], \
    minimum["decode-events", "xray-basic-14", "events"], minimum["decode-events", "xray-fdr-14", "events"], minimum["decode-events", "lttng-fast", "events"]
  count = split("report text chrome", list, " ")
  for (i = 1; i <= count; i++) {
    kind = "decode-" list[i]
    printf "| %s | %s | %s | %s | %s | %s |\n", label_of[kind], speed(kind, "calltap"), speed(kind, "uftrace"), speed(kind, "xray-basic-14"), speed(kind, "xray-fdr-14"), speed(kind, "lttng-fast")
  }
  printf "| chrome, MB/s | %.0f of %.0f MB | %.0f of %.0f MB | | | |\n", megabytes("calltap"), minimum["decode-bytes", "calltap", "chrome"] / 1e6, \
    megabytes("uftrace"), minimum["decode-bytes", "uftrace", "chrome"] / 1e6
}

function megabytes(variant) { return minimum["decode-bytes", variant, "chrome"] / 1e3 / minimum["decode-chrome", variant, "cpu"] }

# ---- waiting, and threads ----

function arm(   i, count, list, exits, name) {
  list_heading("Arming and disarming, in a program of 10,000 functions, from within: us, minimum / median", \
    "functions;sites;start of a session;its processor time;end of the session;its processor time")
  count = split("1 10 100 10000", list, " ")
  for (exits = 0; exits <= 1; exits++)
    for (i = 1; i <= count; i++) {
      name = "arm-" exits
      printf "| %d | %d | %s | %s | %s | %s |\n", minimum[name, list[i], "functions"], minimum[name, list[i], "sites"], pair(name, list[i], "arm"), \
        pair(name, list[i], "arm-cpu"), pair(name, list[i], "disarm"), pair(name, list[i], "disarm-cpu")
    }
}

function attach() {
  list_heading("From the start of the command, ms", "until;minimum / median")
  printf "| `trace` of a Redis that serves prints its first event | %s |\n", pair("attach", "event", "latency")
  printf "| the same, armed | %s |\n", pair("attach", "armed", "latency")
  printf "| `record`: one function of 10,000 is armed | %s |\n", pair("attach", "one", "latency")
  printf "| 10,000 functions are armed | %s |\n", pair("attach", "all", "latency")
}

function scale() {
  list_heading("Two threads tracing at once", "what;one thread;two threads;two over one")
  printf "| calls a us, nothing traced | %s | %s | %.2f |\n", top("one-plain"), top("two-plain"), middle["scale", "two-plain", "rate"] / middle["scale", "one-plain", "rate"]
  printf "| events a us | %s | %s | %.2f |\n", top("one"), top("two"), middle["scale", "two", "rate"] / middle["scale", "one", "rate"]
  printf "| ns of its thread an event | %s | %s | %.2f |\n", pair("scale", "one", "cpu/call"), pair("scale", "two", "cpu/call"), \
    minimum["scale", "two", "cpu/call"] / minimum["scale", "one", "cpu/call"]
}

# Of a rate the median: the least is the worst.
function top(variant) { return number(middle["scale", variant, "rate"]) " (median)" }

function whole(names) {
  heading("Lua: size, start, compiling", "what", names)
  if (seen["size"]) {
    row("text, bytes", "size", "text", names)
    row("loaded, bytes", "size", "loaded", names)
    row("file, bytes", "size", "file", names)
    row("start-up relocations", "size", "relocations", names)
  }
  if (seen["startup"]) {
    row("start and end of a process, wall ms", "startup", "wall", names)
    row("the same, CPU ms", "startup", "cpu", names)
    row("resident memory, kB", "startup", "memory", names)
  }
  if (seen["compile"]) row("compiling, CPU ms", "compile", "cpu", names)
}

function events(   names, count, list, i, per_rdtsc) {
  names = "plain off call-memory call-disk call-ring both-memory both-disk both-ring"
  heading("One event with two integer arguments, ns of its thread", "what", names)
  row("user", "event", "user/event", names)
  row("system", "event", "sys/event", names)
  row("user and system", "event", "cpu/event", names)
  row("wall", "event", "wall/event", names)
  row("one RDTSC", "event", "rdtsc", names)
  printf "| bytes an event | | |"
  split("call-memory call-disk - both-memory both-disk -", list, " ") # what is left in a ring is not what was written
  for (i = 1; i <= 6; i++) printf " %s |", list[i] == "-" ? "" : bytes_of("event", list[i])
  printf "\n| user over RDTSC, minima |"
  count = split(names, list, " ")
  for (i = 1; i <= count; i++) {
    per_rdtsc = minimum["event", list[i], "user/event"] / minimum["event", list[i], "rdtsc"]
    printf " %.2f |", per_rdtsc
  }
  printf "\n"
}

function walk(   names) {
  names = "backtrace calltap calltap-cold" (("walk", "libunwind", "frame") in minimum ? " libunwind" : "")
  heading("Who called: eight frames; ratios to backtrace()", "what", names)
  row("a frame, ns", "walk", "frame", names)
}

function traced(   names, count, metric, list, i, total) {
  names = "plain off memory disk"
  total = minimum["traced", "memory", "events"]
  heading("Every function of Lua traced, " total " events", "what", names)
  row("user, ms", "traced", "user", names)
  row("system, ms", "traced", "sys", names)
  row("user and system, ms", "traced", "cpu", names)
  row("wall, ms", "traced", "wall", names)
  row("file, bytes", "traced", "file", names)
  count = split("user sys cpu wall file", metric, " ")
  for (i = 1; i <= count && total > 0; i++) {
    printf "| %s, %s an event, minimum | | |", metric[i], (metric[i] == "file" ? "bytes" : "ns")
    split("memory disk", list, " ")
    printf " %s | %s |\n", per_event(list[1], metric[i], total), per_event(list[2], metric[i], total)
  }
}

# What types cost where much of them is, and what they are good for.
function types(   names, count, list, i) {
  names = "plain full params none"
  heading("SQLite: compiling and size by how much the tables say of types", "what", names)
  row("compiling sqlite3.c, user and system, ms", "types", "cpu", names)
  row("the object file, bytes", "types", "object", names)
  row("the shell, linked, bytes", "types", "linked", names)
  row("the same, stripped, bytes", "types", "stripped", names)
  names = "Lua SQLite zstd"
  heading("Values that a trace can have, of all", "what", names)
  share("parameters", names)
  share("results", names)
}

function share(what, names,   count, list, i) {
  printf "| %s |", what
  count = split(names, list, " ")
  for (i = 1; i <= count; i++)
    printf " %.1f %% of %d |", 100 * minimum["share", list[i], what] / middle["share", list[i], what], middle["share", list[i], what]
  printf "\n"
}

# What a run took more than the run with nothing armed, for each event.
function per_event(variant, metric, total,   more) {
  if (metric == "file") return sprintf("%.2f", minimum["traced", variant, metric] / total)
  more = minimum["traced", variant, metric] - minimum["traced", "off", metric]
  return sprintf("%.2f", more * 1e6 / total)
}

END {
  title_of["plain"] = "plain"
  title_of["calltap"] = "Calltap, off"
  title_of["xray"] = "XRay, off"
  title_of["patchable"] = "patchable entry, off"
  title_of["cyg"] = "-finstrument-functions"
  title_of["full"] = "types=full"
  title_of["params"] = "types=params"
  title_of["none"] = "types=none"
  title_of["Lua"] = "Lua"
  title_of["SQLite"] = "SQLite"
  title_of["zstd"] = "zstd"
  title_of["off"] = "Calltap, off"
  title_of["call-memory"] = "calls, tmpfs"
  title_of["call-disk"] = "calls, disk"
  title_of["call-ring"] = "calls, a ring of 4 MB"
  title_of["both-ring"] = "calls and returns, a ring of 4 MB"
  title_of["both-memory"] = "calls and returns, tmpfs"
  title_of["both-disk"] = "calls and returns, disk"
  title_of["thread"] = "rejected by the thread spec"
  title_of["guard"] = "rejected by a guard on both"
  title_of["thousand"] = "1,000 rules about others"
  title_of["call"] = "recorded"
  title_of["count"] = "count"
  title_of["key"] = "sum by key"
  title_of["time"] = "time"
  title_of["late"] = "return when, rejected"
  title_of["stack"] = "stack(8)"
  title_of["backtrace"] = "backtrace() of glibc"
  title_of["calltap-cold"] = "Calltap, nothing known"
  title_of["libunwind"] = "unw_backtrace() of libunwind"
  title_of["memory"] = "all armed, tmpfs"
  title_of["disk"] = "all armed, disk"
  title_of["plain-19"] = title_of["plain-gcc"] = "plain"
  title_of["calltap-19"] = "Calltap, off"
  title_of["xray-19"] = "XRay, off"
  title_of["patchable-gcc"] = "patchable entry, off"
  title_of["cyg-gcc"] = "-finstrument-functions"
  title_of["pg-gcc"] = "-pg"
  label_of["leaf"] = "leaf, ns a call"
  label_of["fib"] = "fib(24), ns"
  label_of["qsort"] = "sort, ns an element"
  label_of["tree"] = "tree, ns a key"
  label_of["virtual"] = "virtual calls, ns a call"
  label_of["exceptions"] = "exceptions, ns an attempt"
  label_of["lambda"] = "small lambdas, ns an element"
  label_of["lua"] = "Lua, CPU ms"
  label_of["sqlite"] = "SQLite, speedtest1, CPU ms"
  label_of["zstd"] = "zstd -6, CPU ms"
  label_of["redis"] = "Redis, ns of the server a request"
  label_of["value-none"] = "none"
  label_of["value-one"] = "an integer"
  label_of["value-pair"] = label_of["rules-pair"] = "two integers"
  label_of["value-four"] = "four integers"
  label_of["value-six"] = "six integers"
  label_of["value-reals"] = "two floating-point numbers"
  label_of["value-pointer"] = "a pointer to a struct, the address only"
  label_of["value-constant"] = "a string of 16 bytes in read-only data"
  label_of["value-stack"] = "the same on the stack"
  label_of["value-heap"] = "the same on the heap"
  label_of["value-struct"] = "a struct of four fields by value"
  label_of["rules-constant"] = "a string in read-only data"
  label_of["rules-heap"] = "a string on the heap"
  label_of["rules-field"] = "a field on the heap"
  label_of["decode-report"] = "report (`report`, `report`, `account`)"
  label_of["decode-text"] = "text (`decode`, `replay`, `babeltrace2`)"
  label_of["decode-chrome"] = "chrome JSON (`decode --format chrome`, `dump --chrome`)"
  peer_of["calltap-noargs"] = "Calltap, no values (`noargs`)"
  peer_of["calltap"] = "Calltap, values, addresses of strings"
  peer_of["calltap-strings"] = "Calltap, values and strings"
  peer_of["xray-basic-14"] = "XRay basic, clang 14"
  peer_of["xray-basic-19"] = "XRay basic, clang 19"
  peer_of["xray-fdr-14"] = "XRay FDR, clang 14"
  peer_of["xray-fdr-19"] = "XRay FDR, clang 19"
  peer_of["uftrace"] = "uftrace"
  peer_of["uftrace-args"] = "uftrace, arguments and results"
  peer_of["lttng-fast"] = "LTTng-UST, cyg-profile-fast"
  peer_of["lttng"] = "LTTng-UST, cyg-profile"
  peer_of["uprobe"] = "uprobe, `perf record` (calls only)"
  all = "plain calltap xray patchable cyg"
  print "\nCells: minimum / median (median of the ratios to `plain` in the same round)."
  if (seen["leaf"] || seen["lua"] || seen["sqlite"]) off(all)
  if (seen["leaf-19"]) other_compiler("Hooks off: clang 19", "19", "plain-19 calltap-19 xray-19")
  if (seen["leaf-gcc"]) other_compiler("Hooks off: what gcc has", "gcc", "plain-gcc patchable-gcc cyg-gcc pg-gcc")
  if (seen["event"]) events()
  if (seen["value-pair"]) values()
  if (seen["rules-pair"]) rules()
  if (seen["walk"]) {
    title_of["calltap"] = "Calltap"
    walk()
    title_of["calltap"] = "Calltap, off"
  }
  if (seen["traced"]) traced()
  if (seen["peers-event"]) peers_event()
  if (seen["peers-lua"]) peers_lua()
  if (seen["scale"]) scale()
  if (seen["arm-0"]) arm()
  if (seen["attach"]) attach()
  if (seen["decode-report"]) decode()
  if (seen["types"]) types()
  if (seen["size"] || seen["startup"] || seen["compile"]) whole(all)
}
