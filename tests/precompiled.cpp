// Carries the precompiled header. A program, because a library is compiled with other flags than programs are.
int main() {}
