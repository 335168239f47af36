// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Eight threads of code that recurses, throws through its frames and forks, while all its hooks are switched: switched EXPECTED [SWITCHES].
// Without a number it writes to EXPECTED what each round comes to; with one, it switches hooks by the control signal that many times, and
// compares each result with what is there. The last rounds are made with hooks on.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#define KEEP __attribute__((noinline))

namespace {
constexpr int functions = 2000, rounds = 64, threads = 8, forks_every = 200;
std::atomic<bool> done;
std::atomic<unsigned long> rounds_made, wrong;
unsigned long expected[rounds];

struct guard { // whose destructor runs while frames are unwound
  unsigned long &sum;
  unsigned long add;
  KEEP guard(unsigned long &s, unsigned long a) : sum(s), add(a) {}
  KEEP ~guard() { sum = sum * 31 + add; }
};

// Each a function of its own, so that there are many hooks to be switched.
template <int N> KEEP unsigned long step(unsigned long x) {
  asm volatile("");
  return x * (2 * N + 1) + N;
}
using stepper = unsigned long (*)(unsigned long);
template <int... N> constexpr auto steps_of(std::integer_sequence<int, N...>) {
  struct table {
    stepper at[sizeof...(N)];
  };
  return table{{step<N>...}};
}
const auto steps = steps_of(std::make_integer_sequence<int, functions>());

KEEP unsigned long recurse(unsigned depth, unsigned long x) {
  return depth == 0 ? x : recurse(depth - 1, steps.at[(x + depth) % functions](x)) + depth;
}

KEEP unsigned long throws(unsigned depth, unsigned long x, unsigned long &sum) {
  guard g(sum, depth);
  if (depth == 0) {
    if (x % 3 == 0)
      throw std::runtime_error("third");
    if (x % 3 == 1)
      throw static_cast<int>(x % 1000);
    return x;
  }
  return throws(depth - 1, steps.at[x % functions](x), sum) + 1;
}

KEEP unsigned long rethrows(unsigned depth, unsigned long x, unsigned long &sum) {
  try {
    return throws(depth, x, sum);
  } catch (int) {
    throw;
  } catch (const std::exception &e) {
    return sum + static_cast<unsigned long>(e.what()[0]);
  }
}

KEEP unsigned long round_of(unsigned long n) {
  unsigned long sum = n;
  for (unsigned i = 0; i < 20; i++) {
    try {
      sum += rethrows(i % 7, recurse(i % 13, n * 131 + i), sum);
    } catch (int number) {
      sum ^= static_cast<unsigned long>(number);
    }
  }
  return sum;
}

// A child comes to the same: its hooks are its own. So is its trace, t.cbor.PID, which nobody wants.
KEEP bool forks(unsigned long n) {
  pid_t pid = fork();
  if (pid == 0) {
    bool good = round_of(n) == expected[n];
    remove(("t.cbor." + std::to_string(getpid())).c_str());
    _exit(good ? 0 : 1);
  }
  int status = -1;
  while (pid > 0 && waitpid(pid, &status, 0) != pid) {
  }
  return pid > 0 && status == 0;
}

void *work(void *arg) {
  unsigned long mistakes = 0, i = 0;
  for (; !done.load(std::memory_order_relaxed); i++, rounds_made++) {
    mistakes += round_of(i % rounds) != expected[i % rounds];
    if (i % forks_every == 0)
      mistakes += !forks(i % rounds);
  }
  wrong += mistakes;
  return arg;
}

int write_expected(const char *name) {
  FILE *file = fopen(name, "w");
  for (unsigned long i = 0; file && i < rounds; i++)
    fprintf(file, "%lu\n", round_of(i));
  return file && fclose(file) == 0 ? 0 : 2;
}

bool read_expected(const char *name) {
  FILE *file = fopen(name, "r");
  int found = 0;
  while (file && found < rounds && fscanf(file, "%lu", &expected[found]) == 1)
    found++;
  if (file)
    fclose(file);
  return found == rounds;
}
} // namespace

int main(int count, char **arguments) {
  if (count == 2)
    return write_expected(arguments[1]);
  if (count != 3 || !read_expected(arguments[1]))
    return 2;
  sigset_t control;
  sigemptyset(&control);
  sigaddset(&control, SIGURG);
  pthread_sigmask(SIG_BLOCK, &control, nullptr); // the threads leave it to this one: each signal is one switch
  pthread_t thread[threads];
  for (pthread_t &t : thread)
    pthread_create(&t, nullptr, work, nullptr);
  pthread_sigmask(SIG_UNBLOCK, &control, nullptr);
  for (long i = strtol(arguments[2], nullptr, 10) / 2; i > 0; i--) {
    kill(getpid(), SIGURG); // off
    kill(getpid(), SIGURG); // and on
  }
  for (unsigned long before = rounds_made; rounds_made < before + 2 * threads;)
    sched_yield();
  done = true;
  for (pthread_t &t : thread)
    pthread_join(t, nullptr);
  printf("%lu rounds, %lu wrong\n", rounds_made.load(), wrong.load());
  return wrong != 0;
}
