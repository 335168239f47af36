/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
void sort(int *values, int count, int (*compare)(const int *, const int *));
int ascending(const int *a, const int *b);

int ascending(const int *a, const int *b) { return (*a > *b) - (*a < *b); }

static void swap(int *a, int *b) {
  int old = *a;
  *a = *b;
  *b = old;
}

void sort(int *values, int count, int (*compare)(const int *, const int *)) {
  while (count > 1) {
    int low = 0, high = count - 1, pivot = values[count / 2];
    while (low <= high) {
      while (compare(&values[low], &pivot) < 0)
        low++;
      while (compare(&values[high], &pivot) > 0)
        high--;
      if (low <= high)
        swap(&values[low++], &values[high--]);
    }
    sort(values, high + 1, compare);
    values += low;
    count -= low;
  }
}
