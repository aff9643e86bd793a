/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet queue of a network adapter.
 *
 * A sender waits for a credit, takes a packet from a lookaside list and queues it under a spin
 * lock. A DPC moves packets from the queue to the ring, from which the adapter sends them, and sets
 * a timer; the timer's DPC, in place of an interrupt that waits for some packets more, frees what
 * was sent and gives the credits back. A resource guards the size of packets, which changes now and
 * then.
 *
 * Shows that each packet is sent once, whole and in its sender's order, and that none is left over.
 */
#include <lockarb_simulation.h>
#include <ntddk.h>

#include "threads.h"

#define SENDERS 6
#define PACKETS 40 /* of each */
#define MOST_WORDS 8
#define RING 5
#define CREDITS 12
#define CHANGES 10 /* of the size */
#define TAG 'kcaP'

typedef struct _PACKET {
  LIST_ENTRY Links;
  ULONG Sender, Sequence;
  ULONG Count;
  ULONG Words[MOST_WORDS];
} PACKET, *PPACKET;

static struct {
  ERESOURCE Configuration;
  ULONG Words; /* of a packet */

  NPAGED_LOOKASIDE_LIST Packets;
  KSEMAPHORE Credits;

  KSPIN_LOCK Lock; /* of what follows */
  LIST_ENTRY Queue;
  LIST_ENTRY Ring;
  ULONG InRing;
  BOOLEAN TimerIsSet;

  KDPC SendDpc;
  KTIMER Timer;
  KDPC CompleteDpc;
} Adapter;

/* What arrived at the other end. */
static struct {
  ULONG Next[SENDERS];
  ULONG Packets, Broken, OutOfOrder;
} Wire;

typedef struct _SENDER {
  PKTHREAD Thread;
  ULONG Number;
  ULONGLONG Random;
} SENDER, *PSENDER;

static SENDER Senders[SENDERS];
static ULONG Completed, BatchesCompleted, Misplaced, Problems;

static ULONG Choose(PSENDER Sender, ULONG Limit) {
  Sender->Random = Sender->Random * 6364136223846793005u + 1442695040888963407u;
  return (ULONG)(Sender->Random >> 33) % Limit;
}

static ULONG WordOf(ULONG Sender, ULONG Sequence, ULONG Place) {
  return (Sender + 1) * 1000003u + Sequence * 8191u + Place;
}

/* The adapter: with its lock. */

static VOID Transmit(const PACKET *Packet) {
  KeStallExecutionProcessor(1);
  Wire.Broken += Packet->Count == 0;
  for (ULONG i = 0; i < Packet->Count; i++) {
    Wire.Broken += Packet->Words[i] != WordOf(Packet->Sender, Packet->Sequence, i);
  }
  Wire.OutOfOrder += Packet->Sequence != Wire.Next[Packet->Sender];
  Wire.Next[Packet->Sender] = Packet->Sequence + 1;
  Wire.Packets++;
}

static VOID FillRing(VOID) {
  while (Adapter.InRing < RING && !IsListEmpty(&Adapter.Queue)) {
    PPACKET Packet = CONTAINING_RECORD(RemoveHeadList(&Adapter.Queue), PACKET, Links);
    InsertTailList(&Adapter.Ring, &Packet->Links);
    Adapter.InRing++;
    Transmit(Packet);
  }
  if (Adapter.InRing != 0 && !Adapter.TimerIsSet) {
    LARGE_INTEGER DueTime = {.QuadPart = -30}; /* 3 us */
    Adapter.TimerIsSet = TRUE;
    KeSetTimer(&Adapter.Timer, DueTime, &Adapter.CompleteDpc);
  }
}

static VOID Send(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
  UNREFERENCED_PARAMETER(Dpc);
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Argument1);
  UNREFERENCED_PARAMETER(Argument2);
  if (KeGetCurrentIrql() != DISPATCH_LEVEL) Misplaced++;
  KeAcquireSpinLockAtDpcLevel(&Adapter.Lock);
  FillRing();
  KeReleaseSpinLockFromDpcLevel(&Adapter.Lock);
}

static VOID Complete(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
  UNREFERENCED_PARAMETER(Dpc);
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Argument1);
  UNREFERENCED_PARAMETER(Argument2);
  LIST_ENTRY Done;
  LONG Count = 0;
  InitializeListHead(&Done);
  if (KeGetCurrentIrql() != DISPATCH_LEVEL) Misplaced++;
  KeAcquireSpinLockAtDpcLevel(&Adapter.Lock);
  Adapter.TimerIsSet = FALSE;
  for (; !IsListEmpty(&Adapter.Ring); Count++) {
    InsertTailList(&Done, RemoveHeadList(&Adapter.Ring));
  }
  Adapter.InRing = 0;
  FillRing();
  Completed += (ULONG)Count;
  BatchesCompleted++;
  KeReleaseSpinLockFromDpcLevel(&Adapter.Lock);
  while (!IsListEmpty(&Done)) {
    ExFreeToNPagedLookasideList(&Adapter.Packets,
                                CONTAINING_RECORD(RemoveHeadList(&Done), PACKET, Links));
  }
  if (Count != 0) KeReleaseSemaphore(&Adapter.Credits, 0, Count, FALSE);
}

/* Senders */

static PPACKET CreatePacket(PSENDER Sender, ULONG Sequence) {
  PPACKET Packet = ExAllocateFromNPagedLookasideList(&Adapter.Packets);
  if (Packet == NULL) return NULL;
  Packet->Sender = Sender->Number;
  Packet->Sequence = Sequence;
  ExEnterCriticalRegionAndAcquireResourceShared(&Adapter.Configuration);
  Packet->Count = Adapter.Words;
  ExReleaseResourceAndLeaveCriticalRegion(&Adapter.Configuration);
  for (ULONG i = 0; i < Packet->Count; i++) {
    Packet->Words[i] = WordOf(Sender->Number, Sequence, i);
  }
  return Packet;
}

static VOID SenderThread(PVOID Context) {
  PSENDER Sender = Context;
  for (ULONG Sequence = 0; Sequence < PACKETS; Sequence++) {
    KIRQL Irql;
    KeWaitForSingleObject(&Adapter.Credits, Executive, KernelMode, FALSE, NULL);
    PPACKET Packet = CreatePacket(Sender, Sequence);
    if (Packet == NULL) break;
    KeAcquireSpinLock(&Adapter.Lock, &Irql);
    BOOLEAN WasEmpty = IsListEmpty(&Adapter.Queue);
    InsertTailList(&Adapter.Queue, &Packet->Links);
    KeReleaseSpinLock(&Adapter.Lock, Irql);
    if (WasEmpty) KeInsertQueueDpc(&Adapter.SendDpc, NULL, NULL);
    KeStallExecutionProcessor(Choose(Sender, 3));
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID ControlThread(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  LARGE_INTEGER Pause = {.QuadPart = -200}; /* 20 us */
  for (ULONG i = 0; i < CHANGES; i++) {
    KeDelayExecutionThread(KernelMode, FALSE, &Pause);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&Adapter.Configuration);
    Adapter.Words = 0; /* so that who does not wait sends an empty packet */
    KeStallExecutionProcessor(3);
    Adapter.Words = 1 + (i * 3 + 1) % MOST_WORDS;
    ExReleaseResourceAndLeaveCriticalRegion(&Adapter.Configuration);
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Start and end */

static VOID Expect(PCSTR What, ULONG Wanted, ULONG Found) {
  if (Wanted == Found) return;
  DbgPrint("packet_queue: BROKEN: %s: expected %u, found %u\n", What, Wanted, Found);
  Problems++;
}

static VOID Verify(VOID) {
  Expect("packets sent", SENDERS * PACKETS, Wire.Packets);
  Expect("packets completed", SENDERS * PACKETS, Completed);
  Expect("words that arrived broken", 0, Wire.Broken);
  Expect("packets out of their order", 0, Wire.OutOfOrder);
  Expect("DPCs at another IRQL", 0, Misplaced);
  Expect("credits that are back", CREDITS, (ULONG)KeReadStateSemaphore(&Adapter.Credits));
  Expect("the queue is empty", TRUE, IsListEmpty(&Adapter.Queue));
  Expect("the ring is empty", TRUE, IsListEmpty(&Adapter.Ring));
  Expect("several packets completed at once, whether ever", TRUE, BatchesCompleted < Completed);
  DbgPrint("packet_queue: %u packets of %u senders, in order: %s\n", Wire.Packets, SENDERS,
           Problems == 0 ? "nothing lost" : "BROKEN");
}

static VOID Initialize(VOID) {
  ExInitializeResourceLite(&Adapter.Configuration);
  Adapter.Words = MOST_WORDS;
  ExInitializeNPagedLookasideList(&Adapter.Packets, NULL, NULL, 0, sizeof(PACKET), TAG, 0);
  KeInitializeSemaphore(&Adapter.Credits, CREDITS, CREDITS);
  KeInitializeSpinLock(&Adapter.Lock);
  InitializeListHead(&Adapter.Queue);
  InitializeListHead(&Adapter.Ring);
  KeInitializeDpc(&Adapter.SendDpc, Send, NULL);
  KeInitializeTimer(&Adapter.Timer);
  KeInitializeDpc(&Adapter.CompleteDpc, Complete, NULL);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  PKTHREAD Control;
  Initialize();
  NTSTATUS Status = Start(ControlThread, NULL, &Control);
  for (ULONG i = 0; i < SENDERS && NT_SUCCESS(Status); i++) {
    Senders[i].Number = i;
    Senders[i].Random = lockarb_simulation_seed() * SENDERS + i;
    Status = Start(SenderThread, &Senders[i], &Senders[i].Thread);
  }
  if (!NT_SUCCESS(Status)) return Status;

  Finish(Control);
  for (ULONG i = 0; i < SENDERS; i++) Finish(Senders[i].Thread);
  /* The last packets are on their way: who has all credits has seen them come back. */
  for (ULONG i = 0; i < CREDITS; i++) {
    KeWaitForSingleObject(&Adapter.Credits, Executive, KernelMode, FALSE, NULL);
  }
  KeCancelTimer(&Adapter.Timer);
  KeFlushQueuedDpcs();
  KeReleaseSemaphore(&Adapter.Credits, 0, CREDITS, FALSE);

  Verify();
  ExDeleteNPagedLookasideList(&Adapter.Packets);
  ExDeleteResourceLite(&Adapter.Configuration);
  return Problems == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
