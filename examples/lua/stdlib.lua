-- SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
-- Goes through the whole of Lua's standard library and prints every result. The output is the same on every run and in
-- every place, so that two builds of the interpreter can be compared by it.
--
--     lua stdlib.lua

local function section(name)
  print("== " .. name)
end

-- Prints the outcome of a call that is expected to fail, without the position in front of the message.
local function fails(f, ...)
  local ok, message = pcall(f, ...)
  print(ok and "no error" or "error: " .. tostring(message):gsub("^[^:]+:%d+: ", ""))
end

-- The keys of a table in a fixed order: that of pairs() depends on addresses.
local function keys(t)
  local list = {}
  for key in pairs(t) do
    list[#list + 1] = tostring(key)
  end
  table.sort(list)
  return table.concat(list, " ")
end

section("basic")
print(_VERSION, type(nil), type(print), type(io.stdout), math.type(1), math.type(1.0), math.type("1"))
print(tonumber("0x1F"), tonumber("  12e1 "), tonumber("z", 36), tonumber("8", 8), tonumber("1e"), tonumber("777", 8))
print(tostring(nil), tostring(true), tostring(-0.0), tostring(1e100), tostring(2^53), 1e15, 0x7fffffffffffffff + 1)
print(rawequal("a", "a"), rawlen({ 1, 2, 3 }), rawlen("four"), rawget({ x = 1 }, "x"), #rawset({}, 1, 2))
print(select("#"), select("#", nil, nil), select(2, "a", "b", "c"), select(-1, "a", "b", "c"))
print(pcall(error), pcall(error, nil), pcall(error, "text", 0))
print(select(2, xpcall(error, function(m) return "handled " .. m end, "this")))
print(next({}), next({ 10 }), ipairs({}) ~= nil, (function(...) return select("#", ...) end)(table.unpack({}, 1, 3)))
fails(error, "plain")
fails(assert, false, "asserted")
fails(assert, nil)
fails(setmetatable, 1, {})
fails(tonumber, "1", 99)
fails(function() local x = nil; return x.field end)
fails(function() return 1 + {} end)
fails(function() return "a" < 1 end)
fails(function() return #5 end)
fails(function() undefined_function() end)
fails(function() return 2^53 | 1.5 end)
fails(function() return 1 // 0 end)
fails(function() for _ = 1, 10, 0 do end end)
print(pcall(rawset, {}, nil, 1))

section("integers and floats")
print(7 // 2, -7 // 2, 7 // -2, 7.5 // 2, 7 % 3, -7 % 3, 7 % -3, 5.5 % 2, -5.5 % 2)
print(1 / 2, 3 | 4, 7 & 2, 5 ~ 1, ~0, 1 << 62, 1 << 63, 1 << 64, -1 >> 60, 2^10, 10 / 2)
print(math.maxinteger + 1 == math.mininteger, math.mininteger // -1, 1 // 0.0, -1 // 0.0, 0.0 / 0.0 ~= 0.0 / 0.0)
print("10" + 5, "0x10" * 2, "3" // "2", 10 .. 20, 1 == 1.0, "1" == 1, 1 < 1.5, -0.0 == 0.0)
for i = math.maxinteger - 1, math.maxinteger do io.write(i, " ") end
for x = 1, 0, -0.25 do io.write(x, " ") end
print()

section("string")
print(("hello"):len(), ("hello"):upper(), ("HeLLo"):lower(), ("abc"):reverse(), ("ab"):rep(3, "-"), ("x"):rep(0))
print(("hello"):sub(2, 4), ("hello"):sub(-3), ("hello"):sub(0), ("hello"):sub(10), ("hello"):byte(1, -1))
print(string.char(72, 105, 0, 33):len(), ("a\0b"):byte(2), "\x41\u{20AC}\z
       \65\t|", [[
long]], [==[with ]] inside]==])
print(("one two"):find("two"), ("a.b"):find(".", 2, true), ("abc"):find("b()"), ("abc"):find("x"), (""):find(""))
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"), ("2026-11-22"):match("(%d+)-(%d+)-(%d+)"))
print(("THE (quick) fox"):find("%((%a+)%)"), ("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):gsub("%f[%a]%a+", "<%0>"))
print(("abc"):gsub("%w", "%0%0"), ("abc"):gsub("", "-"), ("hello world"):gsub("o", "0", 1))
print(("$name is $age"):gsub("%$(%w+)", { name = "Ann", age = 7 }), ("abc"):gsub("%w", function(c) return c == "b" and "B" end))
for word, rest in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do io.write(word, rest, ";") end
print()
print(string.format("%5d|%-5d|%05d|%+d|%x|%X|%#x|%o|%c|%e|%.3f|%g|%a", 42, 42, 42, 42, 255, 255, 255, 8, 65, 1.5, 2 / 3, 1e20, 1))
print(string.format("%q", 'a "quoted"\n\0 line\\'), string.format("%q", 1 / 3), string.format("%q", math.mininteger))
print(string.format("%-10s|%10.3s|%s|%i|%%|%u", "left", "truncated", { } ~= nil, 3.0, 7))
fails(string.format, "%d", 1.5)
fails(string.format, "%y", 1)
fails(string.rep, "x", 1 << 60)
fails(string.find, "a", "[a")
fails(string.gsub, "a", "(", "")
fails(string.gsub, "a", "a", "%2")
print(string.pack("<i4", 100):byte(1, -1))
print(string.unpack("<i4", "\100\0\0\0"), string.packsize("<i1i8!8i4"), string.unpack("z", "hello\0rest"))
print(string.unpack("<I2 >I2 =B s1 d", string.pack("<I2 >I2 =B s1 d", 1, 2, 3, "four", 0.5)))
print(string.unpack("!4 i1 xx i4", string.pack("!4 i1 xx i4", -1, -2)))
fails(string.pack, "i17", 1)
fails(string.unpack, "i4", "abc")
print(#string.dump(function() return 1 end) > 20, load(string.dump(function(a) return a * 2 end, true))(21))

section("table")
local t = { 5, 2, 8, 1, 9, 3 }
table.sort(t)
print(table.concat(t, ","), table.concat(t, "", 2, 3), table.concat({}, "x"))
table.sort(t, function(a, b) return a > b end)
print(table.unpack(t))
table.insert(t, 7); table.insert(t, 1, 0)
print(table.concat(t, " "), table.remove(t), table.remove(t, 1), #t, table.remove({}), table.remove(t, #t + 1))
print(table.concat(table.move({ 1, 2, 3, 4, 5 }, 2, 4, 1), " "), table.concat(table.move({ 1, 2, 3 }, 1, 3, 3), " "))
print(table.pack(1, nil, 3).n, table.unpack({ 1, 2, 3 }, 2), table.unpack({ 1, 2 }, 1, 3))
local many = {}
for i = 1, 1000 do many[i] = (i * 7919) % 1009 end
table.sort(many)
local ordered = true
for i = 2, #many do ordered = ordered and many[i - 1] <= many[i] end
print(ordered, many[1], many[500], many[1000])
fails(table.sort, { 3, 1, "x" })
fails(table.sort, { 1, 2, 3, 4, 5 }, function() return true end)
fails(table.concat, { {}, 1 })
fails(table.insert, { 1 }, 5, 2)
fails(table.insert, {}, 1, 2, 3)
fails(table.unpack, {}, 1, 1e8)
local sparse = {}
for i = 1, 10 do sparse[i * 1000] = i end
for i = 1, 10 do sparse[i * 1000] = i % 2 == 0 and i or nil end
print(keys(sparse))

section("math")
print(math.abs(-3), math.abs(math.mininteger), math.ceil(1.2), math.floor(-1.2), math.max(3, 1, 4), math.min(2, -7.5))
print(math.sqrt(2), math.exp(0), math.log(8, 2), math.log(100, 10), math.log(1), math.sin(0), math.cos(0), math.tan(0))
print(math.asin(0), math.acos(1), math.atan(1, 1), math.pi, math.huge, -math.huge)
print(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(5.5, 2), math.modf(3.7), math.modf(-3.7), math.modf(math.huge))
print(math.tointeger(3.0), math.tointeger(3.5), math.tointeger("8"), math.ult(1, -1), math.ult(-1, 1))
math.randomseed(42)
local a, b, c = math.random(100), math.random(-5, 5), math.random()
math.randomseed(42)
print(a == math.random(100), b == math.random(-5, 5), c == math.random(), c >= 0 and c < 1, math.type(math.random(0)))
fails(math.random, 2, 1)
fails(math.floor, "x")
fails(math.fmod, 1, 0)
fails(math.max)

section("utf8")
print(utf8.char(72, 228, 8364, 128512), utf8.len("Hä€😀"), utf8.codepoint("ä€", 1, -1), utf8.offset("Hä€", 3), utf8.len("\xff"))
for position, code in utf8.codes("aä€") do io.write(position, "=", code, " ") end
for char in ("xäy"):gmatch(utf8.charpattern) do io.write("[", char, "]") end
print()
fails(utf8.codepoint, "\xff")
fails(utf8.char, -1)
fails(function() for _ in utf8.codes("a\xff") do end end)

section("os")
print(os.time({ year = 2001, month = 9, day = 9, hour = 12 }) - os.time({ year = 2001, month = 9, day = 8, hour = 12 }))
print(os.date("!%Y-%m-%d %H:%M:%S", 1000000000), os.date("!*t", 0).year, os.date("!%A %B %j", 86400))
print(keys(os.date("!*t", 0)), os.difftime(5, 2), os.getenv("CALLTAP_NO_SUCH_VARIABLE"))
print(type(os.clock()), type(os.time()), os.setlocale("C"), os.setlocale(nil, "all"), os.setlocale("no such locale"))
print(os.execute("exit 3"), os.execute("true"), type(os.execute()))
fails(os.date, "%Ez", 0)
fails(os.time, { year = 2000 })

section("io")
local name = os.tmpname()
local file = assert(io.open(name, "w"))
print(io.type(file), io.type(42), file:write("first\n", 2, " ", 3.5, "\n", "0x1A -7 end\nlast line without newline") == file)
print(file:seek("cur"), file:seek("set", 2), file:seek("end"), file:setvbuf("full", 1024), file:flush() == file, file:close())
print(io.type(file), tostring(file), pcall(file.write, file, "x"))
for line in io.lines(name) do io.write("<", line, ">") end
for line in io.lines(name, "L") do io.write(#line, " ") end
for one, two in io.lines(name, 1, 2) do io.write(one, "+", two or "", ""); break end
print()
file = io.open(name)
print(file:read("l", "n", "n", "l", "n", "n", 4, "L", "a", "l", "a"))
print(file:seek("set"), file:read(0), file:read(5, 100), file:read(1), file:read(0), file:read("a"))
file:close()
file = io.open(name, "a+"); file:write("\nappended"); file:seek("set"); print(#file:read("a")); file:close()
file = io.open(name, "r+b"); file:write("FIRST"); file:seek("set"); print(file:read()); file:close()
do
  local closing <close> = io.open(name)
  file = closing
end
print(io.type(file))
local output = io.output()
io.output(name); io.write("through io.output"); io.close(); io.output(output)
io.input(name); print(io.read("a")); io.close(io.input()); io.input(io.stdin)
local temporary = io.tmpfile()
temporary:write("temp"); temporary:seek("set"); print(temporary:read("a"), temporary:close())
local pipe = io.popen("echo from a pipe; exit 5")
print(pipe:read("a"), pipe:close())
print(os.rename(name, name .. ".new"), os.remove(name .. ".new"))
print(select("#", io.open("/no/such/file")), (select(2, io.open("/no/such/file"))), (select(3, os.remove("/no/such/file"))))
fails(io.lines, "/no/such/file")
fails(io.open, name, "bad mode")
fails(io.read, "bad format")

section("coroutine")
local co = coroutine.create(function(...)
  local got = { ... }
  while true do
    got = { coroutine.yield(#got, table.unpack(got)) }
    if got[1] == "stop" then return "stopped" end
  end
end)
print(coroutine.resume(co, 1, 2, 3))
print(coroutine.resume(co), coroutine.status(co), coroutine.isyieldable(co))
print(coroutine.resume(co, "stop"))
print(coroutine.resume(co), coroutine.status(co), coroutine.isyieldable(), select(2, coroutine.running()))
local generate = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(generate(), generate(), generate(), generate())
fails(generate)
print(coroutine.resume(coroutine.create(function() error("inside") end)) == false)
print(coroutine.resume(coroutine.create(function() error({}) end)) == false)
local closed = {}
local open = coroutine.create(function()
  local _ <close> = setmetatable({}, { __close = function(_, e) closed[#closed + 1] = tostring(e) end })
  coroutine.yield(1)
end)
coroutine.resume(open)
print(coroutine.close(open), coroutine.status(open), closed[1])
print(pcall(coroutine.wrap(function() return pcall(coroutine.yield, "across pcall") end)))
local sorted = coroutine.wrap(function() table.sort({ 2, 1 }, function() coroutine.yield() end) end)
fails(sorted)
local deep = 0
local function nest(n) if n > 0 then deep = deep + 1; coroutine.wrap(nest)(n - 1) end end
nest(100)
print(deep)

section("metatables")
local V = {}
V.__index = V
local function vector(x, y) return setmetatable({ x = x, y = y }, V) end
V.__add = function(p, q) return vector(p.x + q.x, p.y + q.y) end
V.__sub = function(p, q) return vector(p.x - q.x, p.y - q.y) end
V.__mul = function(p, q) return type(q) == "number" and vector(p.x * q, p.y * q) or p.x * q.x + p.y * q.y end
V.__div = function(p, n) return vector(p.x / n, p.y / n) end
V.__idiv = function(p, n) return vector(p.x // n, p.y // n) end
V.__mod = function(p, n) return vector(p.x % n, p.y % n) end
V.__pow = function(p, n) return vector(p.x ^ n, p.y ^ n) end
V.__unm = function(p) return vector(-p.x, -p.y) end
V.__band = function() return "band" end
V.__bor = function() return "bor" end
V.__bxor = function() return "bxor" end
V.__shl = function() return "shl" end
V.__shr = function() return "shr" end
V.__bnot = function() return "bnot" end
V.__concat = function(p, q) return tostring(p) .. tostring(q) end
V.__len = function() return 2 end
V.__eq = function(p, q) return p.x == q.x and p.y == q.y end
V.__lt = function(p, q) return p.x < q.x end
V.__le = function(p, q) return p.x <= q.x end
V.__call = function(p, n) return "called " .. p.x .. " " .. n end
V.__tostring = function(p) return "(" .. p.x .. "," .. p.y .. ")" end
V.__name = "vector"
V.__pairs = function(p) return function(_, k) if not k then return "x", p.x elseif k == "x" then return "y", p.y end end, p, nil end
local p, q = vector(1, 2), vector(3, 4)
print(tostring(p + q), tostring(p - q), p * q, tostring(p * 2), tostring(q / 2), tostring(q // 2), tostring(q % 2), tostring(q ^ 2), tostring(-p))
print(p & q, p | 1, 1 ~ p, p << 1, p >> 1, ~p, p .. q, p .. "!", #p, p == vector(1, 2), p < q, p <= q, p > q, p(7))
for k, v in pairs(p) do io.write(k, "=", v, " ") end
print()
local log = {}
local proxy = setmetatable({}, {
  __index = function(_, k) log[#log + 1] = "get " .. k; return k end,
  __newindex = function(_, k, v) log[#log + 1] = "set " .. k .. "=" .. tostring(v) end,
})
proxy.a = proxy.b; proxy[1] = true
print(table.concat(log, ", "), rawget(proxy, "a"), getmetatable("").__index == string)
print(getmetatable(setmetatable({}, { __metatable = "locked" })))
fails(setmetatable, setmetatable({}, { __metatable = "locked" }), {})
fails(function() return p + nil end)
fails(function() return setmetatable({}, { __index = function(_, k) error("no field " .. k, 0) end }).missing end)
local chain = {}
for i = 1, 50 do chain = setmetatable({}, { __index = i == 1 and { found = "at the end" } or chain }) end
print(chain.found)

section("garbage collection")
local weak = setmetatable({}, { __mode = "v" })
weak[1] = {}; weak[2] = "string"; weak.kept = log
collectgarbage()
print(weak[1], weak[2], weak.kept == log)
local ephemeron = setmetatable({}, { __mode = "k" })
do local key = {}; ephemeron[key] = { key } end
collectgarbage()
print(next(ephemeron))
local finalized = 0
for _ = 1, 10 do setmetatable({}, { __gc = function() finalized = finalized + 1 end }) end
collectgarbage(); collectgarbage()
print(finalized, type(collectgarbage("count")), collectgarbage("isrunning"))
collectgarbage("stop")
print(collectgarbage("isrunning"), collectgarbage("restart"), collectgarbage("step", 0) ~= nil)
collectgarbage("generational")
local chunks = {}
for i = 1, 20000 do chunks[i % 100] = { tostring(i), { i } } end
collectgarbage("incremental")
for i = 1, 20000 do chunks[i % 100] = { tostring(i), { i } } end
print(chunks[99][1], chunks[0][2][1])

section("to be closed")
local order = {}
local function closer(name_) return setmetatable({}, { __close = function(_, e) order[#order + 1] = name_ .. (e and " with error" or "") end }) end
do local _ <close> = closer("one"); local _ <close> = closer("two") end
pcall(function() local _ <close> = closer("three"); error("out") end)
for _ in (function() return function(_, i) if i < 2 then return i + 1 end end, nil, 0, closer("iterator") end)() do end
print(table.concat(order, ", "))
local constant <const> = 10
print(constant, load("local x <const> = 1; x = 2"))

section("load")
print(load("return 1 + 1")(), load("syntax error here"), load("return ...", "chunk", "t")(5))
local pieces = { "return ", "'from ", "pieces'" }
local index = 0
print(load(function() index = index + 1; return pieces[index] end)())
local environment = { print = print }
load("x = 5; local _ENV = { y = 1 }; y = 2", "env", "t", environment)()
print(environment.x, environment.y, x)
print(load("\27Lua", "binary", "t"))
print(select(2, load("return 'unfinished", "=name")), select(2, load("x = = 1", "@file.lua")), select(2, load("goto nowhere", "=g")))
print(select(2, load("for i = 1 do end", "=f")), select(2, load("return 1e", "=n")), select(2, load("x = '\\q'", "=e")))
print(select(2, load("break", "=b")), select(2, load("local t = {} t.x:y = 1", "=m")), select(2, load(("("):rep(300), "=deep")):match("C stack overflow"))
package.preload.made = function(n, extra) return { name = n, extra = extra } end
print(require("made").name, require("made") == package.loaded.made, package.config:sub(1, 1), type(package.path), type(package.searchers))
fails(function() package.path, package.cpath = "./?.none", "./?.none"; require("does.not.exist") end)
print(package.searchpath("none", "./?.x;./?.y"))
fails(dofile, "/no/such/file.lua")
print(loadfile("/no/such/file.lua"))
print(pcall(package.loadlib, "/no/such/library.so", "f"))

section("goto and loops")
for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then goto continue end
    io.write(i, ":", j, " ")
    ::continue::
  end
end
local n = 0
::again::
n = n + 1
if n < 5 then goto again end
repeat local done = n > 7; n = n + 1 until done
while true do n = n + 1; if n > 20 then break end end
print(n)
local functions = {}
for i = 1, 3 do functions[i] = function() i = i + 1; return i end end
print(functions[1](), functions[1](), functions[2](), functions[3]())

section("functions")
local function sum(...) local s = 0; for _, v in ipairs({ ... }) do s = s + v end return s, ... end
print(sum(1, 2, 3), (sum(1, 2, 3)))
local function tail(i) if i == 0 then return "deep tail call" end return tail(i - 1) end
print(tail(200000))
local function overflow() return 1 + overflow() end
local ok, message = pcall(overflow)
print(ok, message:match("stack overflow"))
local function recursive(k) return k == 0 and 0 or 1 + recursive(k - 1) end
print(recursive(10000), pcall(string.rep), select("#", table.unpack({}, 1, 200)))
print(#string.format("%s", string.rep("a", 100000)), ("x"):rep(5, ","))

section("debug")
local function probe(first, second)
  local here = debug.getinfo(1, "nSlutf")
  return here.name, here.what, here.nparams, here.isvararg, here.currentline > 0, here.func == probe, first, second
end
print(probe(1, 2))
local function locals() local aa, bb = 1, 2; return debug.getlocal(1, 1), debug.getlocal(1, 2), debug.getlocal(1, 99), aa, bb end
print(locals())
local up = 5
local function upper() return up end
print(debug.getupvalue(upper, 1), debug.setupvalue(upper, 1, 6), upper(), debug.upvalueid(upper, 1) ~= nil)
debug.upvaluejoin(upper, 1, function() return n end, 1)
print(upper() == n, debug.getmetatable("").__index == string, debug.getregistry() ~= nil)
local lines, calls = 0, 0
debug.sethook(function(event) if event == "line" then lines = lines + 1 else calls = calls + 1 end end, "crl")
local _ = math.abs(-1)
local _ = tostring(1)
debug.sethook()
print(lines, calls, debug.gethook())
local count = 0
debug.sethook(function() count = count + 1 end, "", 100)
for _ = 1, 10000 do end
debug.sethook()
print(count > 10)
print((debug.traceback("trace", 1):gsub("[^\n]*stdlib.lua", "stdlib.lua"):gsub("\n%s*%[C%]: in %?", "")))
local user = io.stdout
print(debug.setuservalue(user, 1, 1), debug.getuservalue(user, 1))
print(xpcall(function() error("with trace") end, function(m) return (debug.traceback(m, 1):match("with trace\nstack traceback:")) end))
fails(debug.getinfo, 1, "X")
fails(debug.getlocal, 1000, 1)
fails(debug.sethook, 5, 5)

section("warn and names")
warn("@off"); warn("not shown"); warn("@on"); warn("@off")
print(keys(_G))
for _, library in ipairs({ "string", "table", "math", "utf8", "os", "io", "coroutine", "debug", "package" }) do
  print(library, keys(_G[library]))
end
