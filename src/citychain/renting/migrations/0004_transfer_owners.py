import citychain.indexer.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("renting", "0003_title_file"),
    ]

    operations = [
        migrations.CreateModel(
            name="TransferOwner",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("transfer", models.BigIntegerField(db_index=True)),
                ("position", models.IntegerField()),
                ("title", models.BigIntegerField()),
                ("account", models.CharField(db_index=True, max_length=42)),
                ("share", models.IntegerField()),
            ],
            options={
                "abstract": False,
            },
            bases=(citychain.indexer.models.OnReadDatabase, models.Model),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(fields=["state", "deadline"], name="renting_transfer_open"),
        ),
    ]
