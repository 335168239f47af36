# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Turns the results of bench/run into Markdown. Input fields, separated by tabs: workload, variant, metric, unit,
# rounds, minimum, median, median of the ratios to the first variant.
BEGIN { FS = "\t" }

{
  minimum[$1, $2, $3] = $6
  middle[$1, $2, $3] = $7
  ratio[$1, $2, $3] = $8
  # Sizes have no rounds.
  if ($1 == "size" || ($1 == "types" && $4 == "bytes")) ratio[$1, $2, $3] = $6 / minimum[$1, "plain", $3]
  seen[$1] = 1
}

function number(value) {
  return value >= 1000 ? sprintf("%.0f", value) : value >= 100 ? sprintf("%.1f", value) : sprintf("%.2f", value)
}

# Minimum, median, and the median ratio to the first variant.
function cell(workload, variant, metric) {
  if (!((workload, variant, metric) in minimum)) return "-"
  if (workload == "types" && metric != "cpu")
    return sprintf("%d (%.3f)", minimum[workload, variant, metric], ratio[workload, variant, metric])
  return number(minimum[workload, variant, metric]) " / " number(middle[workload, variant, metric]) \
    (ratio[workload, variant, metric] > 0 ? sprintf(" (%.3f)", ratio[workload, variant, metric]) : "")
}

# The ratio of minima, for the means.
function quotient(workload, variant, metric) {
  return minimum[workload, variant, metric] / minimum[workload, "plain", metric]
}

function heading(title, first, names,   count, list, i) {
  printf "\n## %s\n\n| %s |", title, first
  count = split(names, list, " ")
  for (i = 1; i <= count; i++) printf " %s |", title_of[list[i]]
  printf "\n|---|"
  for (i = 1; i <= count; i++) printf "---|"
  printf "\n"
}

# A row of cells, one a variant.
function row(label, workload, metric, names,   count, list, i) {
  printf "| %s |", label
  count = split(names, list, " ")
  for (i = 1; i <= count; i++) printf " %s |", cell(workload, list[i], metric)
  printf "\n"
}

# The geometric mean over all workloads with the hooks off: of the ratios of minima, or of the median ratios.
function means(label, of_minima, names,   count, list, i, w, workloads, metric, log_sum, used) {
  split("leaf fib qsort tree lua", workloads, " ")
  printf "| geometric mean of the %s |", label
  count = split(names, list, " ")
  for (i = 1; i <= count; i++) {
    log_sum = used = 0
    for (w = 1; w <= 5; w++) {
      metric = workloads[w] == "lua" ? "cpu" : "op"
      if (!((workloads[w], list[i], metric) in minimum)) continue
      log_sum += log(of_minima ? quotient(workloads[w], list[i], metric) : ratio[workloads[w], list[i], metric])
      used++
    }
    printf " %s |", (used ? sprintf("%.3f", exp(log_sum / used)) : "-")
  }
  printf "\n"
}

function off(names) {
  heading("Hooks off: time", "workload", names)
  if (seen["leaf"]) row("leaf, ns a call", "leaf", "op", names)
  if (seen["fib"]) row("fib(24), ns", "fib", "op", names)
  if (seen["qsort"]) row("sort, ns an element", "qsort", "op", names)
  if (seen["tree"]) row("tree, ns a key", "tree", "op", names)
  if (seen["lua"]) {
    row("Lua, CPU ms", "lua", "cpu", names)
    row("Lua, wall ms", "lua", "wall", names)
  }
  means("ratios of minima", 1, names)
  means("median ratios", 0, names)
}

function whole(names) {
  heading("Lua: size, start, compiling", "what", names)
  if (seen["size"]) {
    row("text, bytes", "size", "text", names)
    row("loaded, bytes", "size", "loaded", names)
    row("start-up relocations", "size", "relocations", names)
  }
  if (seen["startup"]) row("start and end of a process, wall ms", "startup", "wall", names)
  if (seen["compile"]) row("compiling, CPU ms", "compile", "cpu", names)
}

function events(   names, count, list, i, per_rdtsc) {
  names = "plain off call-memory call-disk both-memory both-disk"
  heading("One event with two integer arguments, ns of its thread", "what", names)
  row("user", "event", "user/event", names)
  row("system", "event", "sys/event", names)
  row("user and system", "event", "cpu/event", names)
  row("wall", "event", "wall/event", names)
  row("one RDTSC", "event", "rdtsc", names)
  printf "| user over RDTSC, minima |"
  count = split(names, list, " ")
  for (i = 1; i <= count; i++) {
    per_rdtsc = minimum["event", list[i], "user/event"] / minimum["event", list[i], "rdtsc"]
    printf " %.2f |", per_rdtsc
  }
  printf "\n"
}

# Processor time of an event by what it holds: what could not be read without asking the kernel shows in it.
function values(   names) {
  names = "plain off call-memory call-disk"
  heading("One event by its arguments, user and system, ns of its thread", "arguments", names)
  row("two integers", "value-pair", "cpu/event", names)
  row("a string of 16 bytes in read-only data", "value-constant", "cpu/event", names)
  row("the same on the stack", "value-stack", "cpu/event", names)
  row("the same on the heap", "value-heap", "cpu/event", names)
  row("a struct of four fields by value", "value-struct", "cpu/event", names)
  row("one RDTSC", "value-pair", "rdtsc", names)
}

# Processor time of a call that rules look at.
function rules(   names) {
  names = "plain off guard thousand call count key time late stack"
  heading("A call of two integers by what rules ask, user and system, ns of its thread", "call", names)
  row("two integers", "rules-pair", "cpu/event", names)
  names = "plain off guard"
  heading("A call that a guard rejects, by what the guard looks at, ns of its thread", "guard", names)
  row("two integers", "rules-pair", "cpu/event", names)
  row("a string in read-only data", "rules-constant", "cpu/event", names)
  row("a string on the heap", "rules-heap", "cpu/event", names)
  row("a field on the heap", "rules-field", "cpu/event", names)
  row("one RDTSC", "rules-pair", "rdtsc", names)
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
  title_of["both-memory"] = "calls and returns, tmpfs"
  title_of["both-disk"] = "calls and returns, disk"
  title_of["guard"] = "rejected by a guard"
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
  all = "plain calltap xray patchable cyg"
  print "\nCells: minimum / median (median of the ratios to `plain` in the same round)."
  if (seen["leaf"] || seen["lua"]) off(all)
  if (seen["event"]) events()
  if (seen["value-pair"]) values()
  if (seen["rules-pair"]) rules()
  if (seen["walk"]) {
    title_of["calltap"] = "Calltap"
    walk()
    title_of["calltap"] = "Calltap, off"
  }
  if (seen["traced"]) traced()
  if (seen["types"]) types()
  if (seen["size"] || seen["startup"] || seen["compile"]) whole(all)
}
