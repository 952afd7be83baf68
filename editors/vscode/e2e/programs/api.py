"""A FastAPI app that somebody has to serve."""

from fastapi import FastAPI
from pydantic import BaseModel

api = FastAPI()


class Item(BaseModel):
    name: str
    cents: int
    count: int = 1


@api.post("/orders")
async def order(item: Item):
    total = item.cents * item.count
    return {"name": item.name, "total": total}
