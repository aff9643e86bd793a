/* SPDX-License-Identifier: Apache-2.0 */
/* Interlocked operations of each width, memory, macros, ids and versions. */
#include "every_routine.h"

#include <initguid.h>

DEFINE_GUID(SampleGuid, 0x01020304, 0x0506, 0x0708, 9, 10, 11, 12, 13, 14, 15, 16);

/* The annotations of old, and structures whose parts have no names. */
typedef struct _OLD_SAMPLE {
  union {
    ULONG First;
    struct {
      USHORT Low;
      USHORT High;
    } DUMMYSTRUCTNAME;
  } DUMMYUNIONNAME;
  _ANONYMOUS_UNION union { ULONG Second; } DUMMYUNIONNAME2;
} OLD_SAMPLE;

static __checkReturn ULONG Sum(__in OLD_SAMPLE *Sample, __in_ecount(Count) const ULONG *Numbers,
                               __in ULONG Count, _Unreferenced_parameter_ PVOID Context) {
  ULONG sum = Sample->First + Sample->Second;
  UNREFERENCED_PARAMETER(Context);
  for (ULONG i = 0; i < Count; i++) sum += Numbers[i];
  return sum;
}

VOID UseWidths(VOID) {
  CHAR volatile value8 = 5;
  SHORT volatile value16 = 5;
  LONG volatile value = 5;
  LONG64 volatile value64 = 5;
  SIZE_T volatile size = 5;
  ULONG volatile unsigned32 = 5;
  LONG volatile bits[3] = {0, 0, 0};
  LONG64 volatile bits64[2] = {0, 0};
  PVOID volatile pointer = NULL;
  UCHAR volatile byte = 0;
  BOOLEAN volatile flag = FALSE;
  USHORT volatile half = 0;
  ULONG64 volatile unsigned64 = 0;

  ASSERT(InterlockedExchange8(&value8, 6) == 5 && InterlockedExchangeAdd8(&value8, -8) == 6);
  ASSERT(InterlockedCompareExchange8(&value8, 12, -2) == -2 && InterlockedAnd8(&value8, 10) == 12);
  ASSERT(InterlockedOr8(&value8, 1) == 8 && InterlockedXor8(&value8, 9) == 9 && value8 == 0);
  ASSERT(InterlockedExchange16(&value16, 6) == 5 && InterlockedExchangeAdd16(&value16, -8) == 6);
  ASSERT(InterlockedCompareExchange16(&value16, 12, -2) == -2 && value16 == 12);
  ASSERT(InterlockedAnd16(&value16, 10) == 12 && InterlockedOr16(&value16, 1) == 8);
  ASSERT(InterlockedXor16(&value16, 9) == 9 && InterlockedDecrement16(&value16) == -1);
  ASSERT(InterlockedExchange64(&value64, MAXLONGLONG) == 5 && value64 == MAXLONGLONG);
  ASSERT(InterlockedIncrement64(&value64) == MINLONGLONG && InterlockedDecrement64(&value64) > 0);
  ASSERT(InterlockedCompareExchange64(&value64, 12, MAXLONGLONG) == MAXLONGLONG && value64 == 12);
  ASSERT(InterlockedAnd64(&value64, 10) == 12 && InterlockedOr64(&value64, 1) == 8);
  ASSERT(InterlockedXor64(&value64, 9) == 9 && InterlockedExchangeAdd64(&value64, 3) == 0);
  ASSERT(InterlockedIncrementSizeT(&size) == 6 && InterlockedDecrementSizeT(&size) == 5);
  ASSERT(InterlockedExchangeAddSizeT(&size, 5) == 5 && size == 10);
  ASSERT(InterlockedExchangeSubtract(&unsigned32, 6) == 5 && unsigned32 == MAXULONG);

  ASSERT(!InterlockedBitTestAndSet(bits, 65) && bits[2] == 2 && bits[0] == 0);
  ASSERT(InterlockedBitTestAndComplement(bits, 65) && bits[2] == 0);
  ASSERT(!InterlockedBitTestAndSet64(bits64, 127) && bits64[1] == MINLONGLONG);
  ASSERT(InterlockedBitTestAndReset64(bits64, 127) && bits64[1] == 0);
  ASSERT(!InterlockedBitTestAndComplement64(bits64, 1) && bits64[0] == 2);

  /* Weaker promises and the compiler's spellings */
  ASSERT(InterlockedIncrementAcquire(&value) == 6 && InterlockedDecrementRelease(&value) == 5);
  ASSERT(InterlockedIncrementNoFence16(&value16) == 0 && _InterlockedIncrement(&value) == 6);
  ASSERT(_InterlockedExchange64(&value64, 1) == 3 && InterlockedXorAcquire64(&value64, 1) == 1);
  ASSERT(InterlockedExchangePointerNoFence(&pointer, (PVOID)&value) == NULL);

  WriteRelease8(&value8, 1), WriteNoFence16(&value16, 2), WriteRaw(&value, 3);
  WriteRelease64(&value64, 4), WriteULongRelease(&unsigned32, 5);
  WriteULongNoFence64(&unsigned64, MAXULONGLONG), WriteUCharRaw(&byte, 255);
  WriteBooleanRelease(&flag, TRUE), WriteUShortRelease(&half, 65535);
  WritePointerRelease(&pointer, NULL);
  ASSERT(ReadAcquire8(&value8) == 1 && ReadNoFence16(&value16) == 2 && ReadRaw(&value) == 3);
  ASSERT(ReadAcquire64(&value64) == 4 && ReadULongAcquire(&unsigned32) == 5);
  ASSERT(ReadULongNoFence64(&unsigned64) == MAXULONGLONG && ReadUCharRaw(&byte) == 255);
  ASSERT(ReadBooleanAcquire(&flag) && ReadUShortAcquire(&half) == 65535);
  ASSERT(ReadPointerAcquire(&pointer) == NULL);
#ifdef __x86_64__
  DECLSPEC_ALIGN(16) LONG64 volatile pair[2] = {1, 2};
  LONG64 comparand[2] = {1, 2};
  ASSERT(InterlockedCompareExchange128(pair, 4, 3, comparand) && pair[0] == 3 && pair[1] == 4);
  ASSERT(!InterlockedCompareExchange128(pair, 6, 5, comparand) && pair[0] == 3);
  ASSERT(comparand[0] == 3 && comparand[1] == 4);
#endif
}

VOID UseProcessors(VOID) {
  PROCESSOR_NUMBER number = {9, 9, 9};
  ULONG core = KeGetCurrentProcessorNumberEx(&number), count = KeQueryActiveProcessorCountEx(0);
  ASSERT(core == KeGetCurrentProcessorNumber() && number.Number == core && number.Group == 0);
  ASSERT(KeGetProcessorIndexFromNumber(&number) == core);
  ASSERT(count == KeQueryActiveProcessorCount(NULL) && KeQueryActiveProcessorCountEx(1) == 0);
  ASSERT(KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS) == count);
  ASSERT(KeQueryActiveProcessors() == ((KAFFINITY)2 << (count - 1)) - 1);
  ASSERT(KeGetProcessorNumberFromIndex(count, &number) == STATUS_INVALID_PARAMETER);
  ASSERT(KeGetProcessorNumberFromIndex(count - 1, &number) == STATUS_SUCCESS);
  ASSERT(number.Number == count - 1);
  number.Number = (UCHAR)count;
  ASSERT(KeGetProcessorIndexFromNumber(&number) == INVALID_PROCESSOR_INDEX);
  ASSERT(KeSetIdealProcessorThread(KeGetCurrentThread(), 1) == (CCHAR)core);
  KeSetSystemAffinityThread((KAFFINITY)1 << core);
  KeRevertToUserAffinityThread();
  ASSERT(!KeShouldYieldProcessor());
}

VOID UseMoreMemory(VOID) {
  ULONG numbers[4];
  ULONGLONG large[2];
  CHAR bytes[8] = "abcdefg";
  OLD_SAMPLE sample = {{1}, {2}};
  LIST_ENTRY list, other, entries[4];
  SINGLE_LIST_ENTRY head = {NULL}, single[2];

  RtlFillMemoryUlong(numbers, sizeof(numbers), 0x01020304);
  ASSERT(numbers[3] == 0x01020304);
  numbers[2] = 0;
  ASSERT(RtlCompareMemoryUlong(numbers, sizeof(numbers), 0x01020304) == 8);
  RtlFillMemoryUlonglong(large, sizeof(large), MAXULONGLONG);
  ASSERT(large[0] == MAXULONGLONG && large[1] == MAXULONGLONG);
  ASSERT(!RtlIsZeroMemory(numbers, 12) && RtlIsZeroMemory(&numbers[2], 4));
  ASSERT(RtlSecureZeroMemory(numbers, sizeof(numbers)) == numbers && numbers[0] == 0);
  RtlMoveVolatileMemory(bytes + 1, bytes, 6);
  ASSERT(RtlEqualMemory(bytes, "aabcdef", 7));
  RtlCopyVolatileMemory(bytes, "xy", 2);
  RtlFillVolatileMemory(bytes + 2, 1, 'z');
  RtlZeroVolatileMemory(bytes + 3, 1);
  ASSERT(RtlEqualMemory(bytes, "xyz", 4));
  ASSERT(RtlUshortByteSwap(0x0102) == 0x0201 && RtlUlongByteSwap(0x01020304) == 0x04030201);
  ASSERT(RtlUlonglongByteSwap(1) == UINT64_C(1) << 56);
  ASSERT(RtlConvertLongToLargeInteger(-1).QuadPart == -1);
  ASSERT(RtlConvertUlongToLargeInteger(MAXULONG).QuadPart == MAXULONG);
  ASSERT(RtlOffsetToPointer(bytes, 3) == &bytes[3] && RtlPointerToOffset(bytes, &bytes[3]) == 3);
  ASSERT(Int32x32To64(-2, MAXLONG) == -4294967294LL && UInt32x32To64(2, MAXULONG) == 8589934590);
  ASSERT(ALIGN_UP(13, ULONG) == 16 && ALIGN_DOWN(15, ULONG64) == 8 && ROUND_TO_PAGES(1) == 4096);
  ASSERT(BYTES_TO_PAGES(4097) == 2 && ADDRESS_AND_SIZE_TO_SPAN_PAGES((PVOID)4095, 2) == 2);
  ASSERT(Sum(&sample, numbers, 4, NULL) == 3 && sample.Low == 1);
  ASSERT(SampleGuid.Data4[7] == 16 && IsEqualGUID(&SampleGuid, &SampleGuid));

  InitializeListHead(&list);
  InitializeListHead(&other);
  InsertTailList(&list, &entries[0]);
  InsertTailList(&other, &entries[1]);
  InsertTailList(&other, &entries[2]);
  RemoveEntryList(&other); /* its entries are a ring without a head */
  AppendTailList(&list, &entries[1]);
  InsertTailList(&list, &entries[3]);
  for (ULONG i = 0; i < 4; i++) ASSERT(RemoveHeadList(&list) == &entries[i]);
  ASSERT(IsListEmpty(&list));
  PushEntryList(&head, &single[0]);
  PushEntryList(&head, &single[1]);
  ASSERT(PopEntryList(&head) == &single[1] && PopEntryList(&head) == &single[0]);
  ASSERT(PopEntryList(&head) == NULL);
}

VOID UseIdentity(VOID) {
  PETHREAD self = PsGetCurrentThread(), thread = NULL;
  PEPROCESS process = NULL;
  ULONG_PTR low, high;
  ULONG major, build;
  RTL_OSVERSIONINFOEXW version;
  CLIENT_ID client;

  ASSERT(PsGetThreadId(self) == PsGetCurrentThreadId());
  ASSERT(PsGetThreadProcess(self) == PsGetCurrentProcess() && IoThreadToProcess(self) != NULL);
  ASSERT(PsGetCurrentThreadProcess() == PsGetCurrentProcess());
  ASSERT(PsGetThreadProcessId(self) == PsGetCurrentProcessId());
  ASSERT(PsGetCurrentThreadProcessId() == PsGetProcessId(PsInitialSystemProcess));
  ASSERT(PsIsSystemThread(self) && !PsIsThreadTerminating(self));
  ASSERT(ExGetPreviousMode() == KernelMode && PsGetCurrentThreadPreviousMode() == KernelMode);
  ASSERT(PsLookupThreadByThreadId(PsGetThreadId(self), &thread) == STATUS_SUCCESS);
  ASSERT(thread == self);
  ObDereferenceObject(thread);
  ASSERT(PsLookupThreadByThreadId((HANDLE)2, &thread) == STATUS_INVALID_PARAMETER);
  ASSERT(PsLookupProcessByProcessId(PsGetCurrentProcessId(), &process) == STATUS_SUCCESS);
  ASSERT(process == PsInitialSystemProcess);
  ObDereferenceObject(process);
  ASSERT(PsLookupProcessByProcessId((HANDLE)8, &process) == STATUS_INVALID_PARAMETER);
  client.UniqueProcess = PsGetCurrentProcessId();
  client.UniqueThread = PsGetCurrentThreadId();
  ASSERT(PsLookupProcessThreadByCid(&client, &process, &thread) == STATUS_SUCCESS);
  ObDereferenceObject(process);
  ObDereferenceObject(thread);
  client.UniqueProcess = (HANDLE)8;
  ASSERT(PsLookupProcessThreadByCid(&client, NULL, &thread) == STATUS_INVALID_CID);

  ASSERT(ObReferenceObjectByPointer(self, 0, *PsThreadType, KernelMode) == STATUS_SUCCESS);
  ObDereferenceObjectDeferDelete(self);
  ASSERT(ObReferenceObjectByPointer(self, 0, *PsProcessType, KernelMode) ==
         STATUS_OBJECT_TYPE_MISMATCH);
  ASSERT(ObReferenceObjectByPointer(process, 0, *PsProcessType, KernelMode) == STATUS_SUCCESS);
  ObDereferenceObject(process);

  IoGetStackLimits(&low, &high);
  ASSERT((ULONG_PTR)&low > low && (ULONG_PTR)&low < high);
  ASSERT(PsGetCurrentThreadStackLimit() == (PVOID)low);
  ASSERT(PsGetCurrentThreadStackBase() == (PVOID)high);
  ASSERT(IoGetRemainingStackSize() > 1000 && IoGetRemainingStackSize() < high - low);

  ExInitializeDriverRuntime(DrvRtPoolNxOptIn);
  version.dwOSVersionInfoSize = sizeof(version);
  ASSERT(RtlGetVersion((PRTL_OSVERSIONINFOW)&version) == STATUS_SUCCESS);
  ASSERT(version.dwMajorVersion == 10 && version.dwPlatformId == VER_PLATFORM_WIN32_NT);
  ASSERT(version.wProductType == VER_NT_WORKSTATION && version.szCSDVersion[0] == 0);
  ASSERT(!PsGetVersion(&major, NULL, &build, NULL) && major == 10);
  ASSERT(build == version.dwBuildNumber);
  ASSERT(RtlIsNtDdiVersionAvailable(NTDDI_WIN7) && !RtlIsNtDdiVersionAvailable(NTDDI_WINXPSP1));
  ASSERT(!RtlIsNtDdiVersionAvailable(0x0A00FFFF));
}
