// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads that wait in system calls for ever, and count how often one of them was interrupted: waits MAIN CALL...
// MAIN is what the first thread does: spin, or a CALL. After SIGTERM: "main COUNT", "CALL COUNT" for each, and whether all results of `one` were right.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int empty[2], full[2], pair[2], locked[2], listener, queue, group;
static pid_t child;
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, free_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t none;
static _Atomic bool over;

__attribute__((noinline)) long one(long n) {
  __asm__ volatile("" : "+r"(n));
  return n + 1;
}

static struct timespec later(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  time.tv_sec += 3600;
  return time;
}

// -1 and errno, or it does not come back.
static long do_read(void) {
  char byte;
  return read(empty[0], &byte, 1);
}
static long do_write(void) { return write(full[1], "x", 1); }
static long do_recv(void) {
  char byte;
  return recv(pair[0], &byte, 1, 0);
}
static long do_accept(void) { return accept(listener, NULL, NULL); }
static long do_flock(void) { return flock(locked[1], LOCK_EX); }
static long do_wait(void) { return waitpid(child, NULL, 0); }
static long do_mutex(void) { return pthread_mutex_lock(&held); }
static long do_cond(void) {
  pthread_mutex_lock(&free_mutex);
  pthread_cond_wait(&never, &free_mutex); // spurious wake-ups are its own business
  pthread_mutex_unlock(&free_mutex);
  return 0;
}
static long do_sem(void) { return sem_wait(&none); }
static long do_sem_timed(void) {
  struct timespec time = later();
  return sem_timedwait(&none, &time);
}
static long do_poll(void) { return poll(&(struct pollfd){.fd = empty[0], .events = POLLIN}, 1, -1); }
static long do_epoll(void) {
  struct epoll_event event;
  return epoll_wait(queue, &event, 1, -1);
}
static long do_select(void) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(empty[0], &set);
  return select(empty[0] + 1, &set, NULL, NULL, NULL);
}
static long do_nanosleep(void) { return nanosleep(&(struct timespec){.tv_sec = 3600}, NULL); }
// Mostly it runs, but who looks at it and signals it later finds it in this.
static long do_naps(void) {
  struct timespec now, begun;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  do
    clock_gettime(CLOCK_MONOTONIC, &now);
  while ((now.tv_sec - begun.tv_sec) * 1000000000 + now.tv_nsec - begun.tv_nsec < 1000000);
  return nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
}
static long do_pause(void) { return pause(); }
static long do_semop(void) { return semop(group, &(struct sembuf){.sem_op = -1}, 1); }

static struct {
  const char *name;
  long (*call)(void);
  _Atomic long interrupted, turns;
} waits[] = {{"read", do_read},           {"write", do_write}, {"recv", do_recv},
             {"accept", do_accept},       {"flock", do_flock}, {"wait", do_wait},
             {"mutex", do_mutex},         {"cond", do_cond},   {"sem", do_sem},
             {"poll", do_poll},           {"epoll", do_epoll}, {"select", do_select},
             {"nanosleep", do_nanosleep}, {"pause", do_pause}, {"semop", do_semop},
             {"sem_timed", do_sem_timed}, {"naps", do_naps}};
enum { WAITS = sizeof waits / sizeof *waits };

static void *wait_for_ever(void *number) {
  long i = (long)number;
  for (;;) {
    waits[i].turns++;
    if (waits[i].call() < 0 && errno == EINTR)
      waits[i].interrupted++;
  }
  return NULL;
}

static void on_term(int number) {
  (void)number;
  over = true;
}

static void prepare(void) {
  char name[] = "locked.XXXXXX";
  if (pipe(empty) || pipe2(full, O_NONBLOCK) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
    _exit(2);
  while (write(full[1], name, sizeof name) > 0)
    continue;
  fcntl(full[1], F_SETFL, 0);
  locked[0] = mkstemp(name);
  locked[1] = open(name, O_RDWR);
  flock(locked[0], LOCK_EX);
  listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listener, &(struct sockaddr){.sa_family = AF_UNIX}, sizeof(sa_family_t)) || listen(listener, 1))
    _exit(2);
  queue = epoll_create1(0);
  group = semget(IPC_PRIVATE, 1, 0600);
  child = fork();
  if (!child) {
    close(empty[1]);
    char byte; // ends when the parent does
    _exit((int)read(empty[0], &byte, 1));
  }
  pthread_mutex_lock(&held);
  sem_init(&none, 0, 0);
}

static long find(const char *name) {
  for (long i = 0; i < WAITS; i++)
    if (!strcmp(name, waits[i].name))
      return i;
  return -1;
}

int main(int argc, char **argv) {
  sigset_t term;
  pthread_t thread;
  long wrong = 0, own = 0, call = argc > 1 ? find(argv[1]) : -1;
  prepare();
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, NULL); // the threads keep it so
  for (int i = 2; i < argc; i++)
    if (find(argv[i]) < 0 || pthread_create(&thread, NULL, wait_for_ever, (void *)find(argv[i])))
      return 2;
  sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_term}, NULL);
  sigprocmask(SIG_UNBLOCK, &term, NULL);
  puts("ready");
  fflush(stdout);
  for (long n = 0; !over; n++) {
    wrong += one(n) != n + 1;
    own += call >= 0 && waits[call].call() < 0 && errno == EINTR && !over;
  }
  printf("main %ld\n", own);
  for (int i = 0; i < WAITS; i++)
    if (waits[i].turns)
      printf("%s %ld\n", waits[i].name, (long)waits[i].interrupted);
  semctl(group, 0, IPC_RMID);
  puts(wrong ? "wrong" : "right");
  fflush(stdout);
  _exit(0);
}
