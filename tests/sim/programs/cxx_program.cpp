// SPDX-License-Identifier: Apache-2.0
// A program in C++, of the standard that the build asks for.
#include <ntifs.h>

#include <atomic>

#if __cplusplus != CXX_EXPECTED
#error another standard
#endif

namespace {
std::atomic<int> count;
UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Lock");
void worker(void *) { count++; }
}  // namespace

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING path) {
  HANDLE thread;
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, nullptr, OBJ_KERNEL_HANDLE, nullptr, nullptr);
  NTSTATUS status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, &attributes, nullptr, nullptr,
                                         worker, nullptr);
  if (!NT_SUCCESS(status)) return status;
  ZwWaitForSingleObject(thread, FALSE, nullptr);
  ZwClose(thread);
  DbgPrint("C++ %ld: %wZ %wZ %ws %d\n", static_cast<LONG>(__cplusplus), path, &name, L"wide",
           count.load());
  return STATUS_SUCCESS;
}
