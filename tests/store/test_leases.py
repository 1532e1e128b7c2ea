from chatbot.store import Store


async def test_a_lease_has_one_holder(store: Store) -> None:
    assert await store.leases.acquire("t", "a")
    assert await store.leases.acquire("t", "b") is None
