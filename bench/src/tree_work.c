/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdint.h>
#include <stdlib.h>

struct node {
  uint32_t key;
  struct node *left, *right;
};
struct node *tree_insert(struct node *root, uint32_t key);
int tree_contains(const struct node *root, uint32_t key);
void tree_free(struct node *root);

static struct node *make(uint32_t key) {
  struct node *node = calloc(1, sizeof *node);
  if (node == NULL)
    abort();
  node->key = key;
  return node;
}

struct node *tree_insert(struct node *root, uint32_t key) {
  if (root == NULL)
    return make(key);
  if (key < root->key)
    root->left = tree_insert(root->left, key);
  else if (key > root->key)
    root->right = tree_insert(root->right, key);
  return root;
}

int tree_contains(const struct node *root, uint32_t key) {
  if (root == NULL)
    return 0;
  if (key == root->key)
    return 1;
  return tree_contains(key < root->key ? root->left : root->right, key);
}

void tree_free(struct node *root) {
  if (root == NULL)
    return;
  tree_free(root->left);
  tree_free(root->right);
  free(root);
}
