// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// References are addresses; classes by value show the members of their bases first, copied by their own functions or not.
// rules: classes:refer*; classes:take*; classes:give* -> return; Meter:add -> return
// expect:
//| #1 classes:refer(n=0xP, c=0xP, p=0xP, r=0xP)
//| #2 classes:take(p={x=1, y=2} (by value), d={id=3, x=4, y=5, name="derived"} (by value))
//| #3 classes:take_owned(o={number=6, real=0.5} (by value))
//| #4 classes:give()
//| #4 classes:give/0 --> {x=7, y=8}
//| #5 classes:give_owned()
//| #5 classes:give_owned/0 --> {number=9, real=1.5}
//| #6 classes:give_reference(p=0xP)
//| #6 classes:give_reference/1 --> 0xP
//| #7 Meter:add(this=0xP, by=2)
//| #7 Meter:add/1 --> 5
#define KEEP __attribute__((noinline))
volatile long sink;

struct Point {
  int x, y;
};
struct Named {
  short id;
};
struct Derived : Named, Point {
  const char *name;
};
struct Owned {
  int number;
  double real;
  Owned(int number, double real) : number(number), real(real) {}
  Owned(const Owned &other) : number(other.number), real(other.real) {}
  ~Owned() { sink = number; }
};
struct Meter {
  long total;
  KEEP long add(long by) { return total += by; }
};

KEEP void refer(int &n, const char &c, const Point &p, Point &&r) { sink = n + c + p.x + r.y; }
KEEP void take(Point p, Derived d) { sink = p.x + p.y + d.id + d.y + (d.name != nullptr); }
KEEP void take_owned(Owned o) { sink = o.number + (o.real > 1); }
KEEP Point give() { return {7, 8 + (int)sink * 0}; }
KEEP Owned give_owned() { return {9, 1.5 + (double)sink * 0}; }
KEEP int &give_reference(Point &p) {
  sink = p.x;
  return p.y;
}

int main() {
  int n = 1;
  Point p{1, 2};
  refer(n, 'c', p, Point{3, 4});
  Derived d;
  d.id = 3, d.x = 4, d.y = 5, d.name = "derived";
  take(p, d);
  take_owned(Owned(6, 0.5));
  sink = give().x;
  sink = give_owned().number;
  give_reference(p) = 4;
  Meter m{3};
  sink = m.add(2);
  return 0;
}
