/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The hooks of -finstrument-functions, doing nothing. */
void __cyg_profile_func_enter(void *function, void *caller);
void __cyg_profile_func_exit(void *function, void *caller);

void __cyg_profile_func_enter(void *function, void *caller) {
  (void)function;
  (void)caller;
}

void __cyg_profile_func_exit(void *function, void *caller) {
  (void)function;
  (void)caller;
}
