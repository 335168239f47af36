-- SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
-- A workload that neither throws nor yields, for tools that do not follow longjmp: a text is made, split and counted, names
-- are sorted, a function calls itself. The same output on every run.
--
--     lua plain.lua [ROUNDS]
local rounds = tonumber(arg and arg[1]) or 1

for _ = 1, rounds do
  local words = {}
  for i = 1, 20000 do
    words[i] = ("w%d"):format(i * 7919 % 1000)
  end
  local text = table.concat(words, " ")
  local count = {}
  for word in text:gmatch("%a%d+") do
    count[word] = (count[word] or 0) + 1
  end
  local names = {}
  for name in pairs(count) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    return count[a] ~= count[b] and count[a] > count[b] or a < b
  end)
  local function fib(n)
    return n < 2 and n or fib(n - 1) + fib(n - 2)
  end
  print(#names, names[1], fib(22), #text:gsub("w", "v"))
end
