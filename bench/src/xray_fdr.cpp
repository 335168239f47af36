/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* XRay's flight recorder is started and written by calls: here at the program's start and end, with the options in
 * BENCH_XRAY_FDR, if that is set. */
#include <cstdio>
#include <cstdlib>
#include <xray/xray_interface.h>
#include <xray/xray_log_interface.h>

__attribute__((constructor, xray_never_instrument)) static void start_log() {
  const char *options = getenv("BENCH_XRAY_FDR");
  if (options == nullptr)
    return;
  if (__xray_log_select_mode("xray-fdr") != XRAY_REGISTRATION_OK ||
      __xray_log_init_mode("xray-fdr", options) != XRAY_LOG_INITIALIZED || __xray_patch() != SUCCESS) {
    fputs("xray_fdr: the flight recorder does not start\n", stderr);
    exit(1);
  }
}

__attribute__((destructor, xray_never_instrument)) static void write_log() {
  if (getenv("BENCH_XRAY_FDR") == nullptr)
    return;
  if (__xray_log_finalize() != XRAY_LOG_FINALIZED || __xray_log_flushLog() != XRAY_LOG_FLUSHED)
    fputs("xray_fdr: the flight recorder is not written\n", stderr);
}
