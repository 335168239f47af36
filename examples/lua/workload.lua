-- SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
-- A bit of everything that a Lua program does, with the same output on every run: a text is made, split and counted,
-- tables are filled, sorted and thrown away, closures and coroutines pass values on, methods are found by inheritance.
--
--     lua workload.lua [ROUNDS]
local rounds = tonumber(arg and arg[1]) or 4

-- A generator of our own: math.random differs between versions of Lua.
local state = 42
local function random(n)
  state = (state * 1103515245 + 12345) % 2147483648
  return state // 65536 % n + 1
end

local syllables = { "ka", "lo", "mi", "ne", "ru", "ta", "vo", "zi", "sha", "ble" }
local function word()
  local parts = {}
  for i = 1, random(3) do
    parts[i] = syllables[random(#syllables)]
  end
  return table.concat(parts)
end

-- Strings: build a text, take it apart again, count words, replace.
local function strings()
  local words = {}
  for i = 1, 4000 do
    words[i] = word()
  end
  local text = table.concat(words, " ")
  local count = {}
  for w in text:gmatch("%a+") do
    count[w] = (count[w] or 0) + 1
  end
  local upper = text:upper():gsub("KA", "<%0>"):sub(1, 40)
  local distinct = 0
  for _ in pairs(count) do
    distinct = distinct + 1
  end
  return string.format("%d words, %d distinct, %s", #words, distinct, upper)
end

-- Tables: sort records by two keys, remove, insert, unpack.
local function tables()
  local people = {}
  for i = 1, 1500 do
    people[i] = { name = word(), age = random(90), id = i }
  end
  table.sort(people, function(a, b)
    if a.age ~= b.age then
      return a.age < b.age
    end
    return a.id < b.id
  end)
  local queue = {}
  for i, person in ipairs(people) do
    table.insert(queue, person)
    if i % 3 == 0 then
      table.remove(queue, 1)
    end
  end
  return string.format("%s to %s, %d queued", people[1].age, people[#people].age, #queue)
end

-- Closures: counters, composition, a memo.
local function closures()
  local function counter()
    local n = 0
    return function(step)
      n = n + step
      return n
    end
  end
  local function compose(f, g)
    return function(x)
      return f(g(x))
    end
  end
  local add, total = counter(), 0
  local both = compose(add, function(x)
    return x % 7
  end)
  for i = 1, 12000 do
    total = both(i)
  end
  local memo = setmetatable({}, {
    __index = function(self, n)
      local value = n < 2 and n or self[n - 1] + self[n - 2]
      self[n] = value
      return value
    end,
  })
  return string.format("%d, fib %d", total, memo[80])
end

-- Coroutines: a pipeline of three stages.
local function coroutines()
  local function numbers(n)
    return coroutine.wrap(function()
      for i = 1, n do
        coroutine.yield(i)
      end
    end)
  end
  local function filter(predicate, source)
    return coroutine.wrap(function()
      for value in source do
        if predicate(value) then
          coroutine.yield(value)
        end
      end
    end)
  end
  local sum = 0
  for value in filter(function(n) return n % 3 == 0 end, numbers(6000)) do
    sum = sum + value
  end
  return "sum " .. sum
end

-- Objects: inheritance, tostring, operators.
local Shape = {}
Shape.__index = Shape
function Shape.new(class, fields)
  return setmetatable(fields, class)
end
function Shape:describe()
  return self.kind .. " of " .. self:area()
end
local Square = setmetatable({ kind = "square" }, { __index = Shape })
Square.__index = Square
Square.__lt = function(a, b)
  return a.side < b.side
end
function Square:area()
  return self.side * self.side
end

local function objects()
  local squares = {}
  for i = 1, 1200 do
    squares[i] = Shape.new(Square, { side = random(1000) })
  end
  table.sort(squares)
  return squares[1]:describe() .. ", " .. squares[#squares]:describe()
end

-- Garbage: short-lived tables and strings, in both modes of the collector.
local function garbage()
  local kept = {}
  for mode = 1, 2 do
    collectgarbage(mode == 1 and "generational" or "incremental")
    for i = 1, 9000 do
      local node = { i, tostring(i), { i } }
      kept[i % 64] = node
    end
    collectgarbage()
  end
  return "kept " .. #kept
end

-- Errors: thrown, caught, rethrown.
local function errors()
  local caught = 0
  for i = 1, 1500 do
    local ok, problem = pcall(function()
      if i % 2 == 0 then
        error({ code = i })
      end
      return i
    end)
    if not ok and problem.code == i then
      caught = caught + 1
    end
  end
  return caught .. " caught"
end

local parts = {
  { "strings", strings },
  { "tables", tables },
  { "closures", closures },
  { "coroutines", coroutines },
  { "objects", objects },
  { "garbage", garbage },
  { "errors", errors },
}
for round = 1, rounds do
  for _, part in ipairs(parts) do
    print(round, part[1], part[2]())
  end
end
