# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Turns the results of bench/run into Markdown. Input fields, separated by tabs: workload, variant, metric, unit,
# rounds, minimum, median, median of the ratios to the first variant. Here is how a cell and a row are made; tables.awk, which
# is given to awk as well, has the tables.
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

# Minimum and median without a ratio.
function pair(workload, variant, metric) {
  if (!((workload, variant, metric) in minimum)) return "-"
  return number(minimum[workload, variant, metric]) " / " number(middle[workload, variant, metric])
}

# The head of a table whose rows are variants; `columns` are separated by semicolons.
function list_heading(title, columns,   count, list, i) {
  printf "\n## %s\n\n|", title
  count = split(columns, list, ";")
  for (i = 1; i <= count; i++) printf " %s |", list[i]
  printf "\n|"
  for (i = 1; i <= count; i++) printf "---|"
  printf "\n"
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
