/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A search tree: memory, recursion, small functions. One operation is one key that is inserted, looked up and freed. */
#include "micro.h"

struct node;
struct node *tree_insert(struct node *root, uint32_t key);
int tree_contains(const struct node *root, uint32_t key);
void tree_free(struct node *root);

enum { KEYS = 50000 };

static uint64_t operation(void) {
  struct node *root = NULL;
  uint64_t found = 0;
  uint32_t state = 7;
  for (int i = 0; i < KEYS; i++) {
    state = state * 1664525 + 1013904223;
    root = tree_insert(root, state >> 4);
  }
  state = 7;
  for (int i = 0; i < KEYS; i++) {
    state = state * 1664525 + 1013904223;
    found += (uint64_t)tree_contains(root, state >> 4);
  }
  tree_free(root);
  return found;
}

int main(int count, char **arguments) { return micro_main(count, arguments, operation, KEYS); }
