// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A coroutine of C++20: its call returns where it is suspended for the first time; what runs when it is resumed is a call of its own
// for whoever resumes it, and pairs with nobody else's.
// rules: coroutines:* -> return
// flags: -std=c++20
// levels: O0 O2
// expect:
//| #1 coroutines:main()
//| #2 coroutines:counts(who=1)
//| #2 coroutines:counts/1 --> {handle=...}
//| #3 coroutines:counts(who=2)
//| #3 coroutines:counts/1 --> {handle=...}
//| #4 coroutines:resumes(t=0xP)
//| #5 coroutines:step(who=1, n=0)
//| #5 coroutines:step/2 --> 10
//| #4 coroutines:resumes/1 -->
//| #6 coroutines:resumes(t=0xP)
//| #7 coroutines:step(who=2, n=0)
//| #7 coroutines:step/2 --> 20
//| #6 coroutines:resumes/1 -->
//| #8 coroutines:resumes(t=0xP)
//| #9 coroutines:step(who=1, n=1)
//| #9 coroutines:step/2 --> 11
//| #8 coroutines:resumes/1 -->
//| #10 coroutines:resumes(t=0xP)
//| #11 coroutines:step(who=1, n=2)
//| #11 coroutines:step/2 --> 12
//| #10 coroutines:resumes/1 -->
//| #1 coroutines:main/0 --> 0
#include <stdio.h>
#if __has_include(<coroutine>) && __clang_major__ >= 15
#include <coroutine>
#define STD std
#else // what <coroutine> of libstdc++ needs, clang 14 has under another name
namespace std::experimental {
template <class R, class... A> struct coroutine_traits { using promise_type = typename R::promise_type; };
template <class P = void> struct coroutine_handle;
template <> struct coroutine_handle<void> {
  void *frame = nullptr;
  __attribute__((no_instrument_function)) static coroutine_handle from_address(void *a) {
    coroutine_handle h;
    h.frame = a;
    return h;
  }
  __attribute__((no_instrument_function)) void *address() const { return frame; }
  __attribute__((no_instrument_function)) void resume() const { __builtin_coro_resume(frame); }
  __attribute__((no_instrument_function)) void destroy() const { __builtin_coro_destroy(frame); }
  __attribute__((no_instrument_function)) bool done() const { return __builtin_coro_done(frame); }
};
template <class P> struct coroutine_handle : coroutine_handle<> {
  __attribute__((no_instrument_function)) static coroutine_handle from_address(void *a) {
    coroutine_handle h;
    h.frame = a;
    return h;
  }
  __attribute__((no_instrument_function)) static coroutine_handle from_promise(P &p) {
    coroutine_handle h;
    h.frame = __builtin_coro_promise(&p, alignof(P), true);
    return h;
  }
};
struct suspend_always {
  __attribute__((no_instrument_function)) bool await_ready() noexcept { return false; }
  __attribute__((no_instrument_function)) void await_suspend(coroutine_handle<>) noexcept {}
  __attribute__((no_instrument_function)) void await_resume() noexcept {}
};
} // namespace std::experimental
#define STD std::experimental
#endif

#define KEEP __attribute__((noinline))
#define BARE __attribute__((no_instrument_function))
volatile int sink;

struct task {
  struct promise_type {
    BARE task get_return_object() { return {STD::coroutine_handle<promise_type>::from_promise(*this)}; }
    BARE STD::suspend_always initial_suspend() noexcept { return {}; }
    BARE STD::suspend_always final_suspend() noexcept { return {}; }
    BARE void return_void() {}
    BARE void unhandled_exception() {}
  };
  STD::coroutine_handle<promise_type> handle;
};

KEEP int step(int who, int n) {
  sink = n;
  return 10 * who + n;
}
KEEP task counts(int who) {
  for (int i = 0; i < 3; i++) {
    step(who, i);
    co_await STD::suspend_always{};
  }
}
KEEP void resumes(task &t) {
  t.handle.resume();
  sink = 0;
}

int main() {
  task a = counts(1), b = counts(2);
  resumes(a);
  resumes(b);
  resumes(a);
  b.handle.destroy();
  resumes(a);
  a.handle.destroy();
  puts("done");
  return 0;
}
