"""What a set holds as a whole: read in one answer, and replaced in one transaction."""

from annotations.services.set_content.content import Content, content_of
from annotations.services.set_content.putting import Order, put_content

__all__ = ["Content", "Order", "content_of", "put_content"]
